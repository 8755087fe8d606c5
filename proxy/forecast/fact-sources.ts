import type { Logger } from 'pino';
import type { ForecastConfiguration } from '../forecast-config.ts';
import { MtaSts } from './policy/mta-sts-facts.ts';
import { MxProbe } from './mail-server/mx-probe.ts';
import { Resolver } from './look-ups/resolver.ts';
import { isPublicAddress } from './special-addresses.ts';

export type FactSourceOptions = {
  readonly configuration: ForecastConfiguration;
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
};

/** All that facts about domains come from. Until a fact is asked for, nothing leaves. */
export class FactSources {
  readonly resolver: Resolver;
  readonly mtaSts: MtaSts;
  readonly mxProbe: MxProbe;
  /** Whether an address that the DNS named may be connected to. */
  readonly mayConnectTo: (address: string) => boolean;

  private constructor(sources: Omit<FactSources, 'close'>) {
    this.resolver = sources.resolver;
    this.mtaSts = sources.mtaSts;
    this.mxProbe = sources.mxProbe;
    this.mayConnectTo = sources.mayConnectTo;
  }

  static async open(options: FactSourceOptions): Promise<FactSources> {
    const { configuration, stateFolder: state, environment, log } = options;
    const { resolver: address, trust, rootAnchorFile } = configuration;
    const { policyPort, mxPort, allowSpecialAddresses } = configuration;
    const mtaSts = new MtaSts({ state, trust, policyPort, allowSpecialAddresses, log });
    const mxProbe = new MxProbe({ state, trust, mxPort, allowSpecialAddresses, log });
    const resolver = await Resolver.open({ address, trust, rootAnchorFile, environment });
    const mayConnectTo = (one: string) => allowSpecialAddresses || isPublicAddress(one);
    return new FactSources({ resolver, mtaSts, mxProbe, mayConnectTo });
  }

  async close(): Promise<void> {
    await Promise.all([this.resolver.close(), this.mtaSts.close(), this.mxProbe.close()]);
  }
}
