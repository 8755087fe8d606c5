import type { Logger } from 'pino';
import type { ForecastConfiguration } from '../forecast-config.ts';
import { MtaSts } from './mta-sts-facts.ts';
import { MxProbe } from './mx-probe.ts';
import { Resolver } from './resolver.ts';

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

  private constructor(resolver: Resolver, mtaSts: MtaSts, mxProbe: MxProbe) {
    this.resolver = resolver;
    this.mtaSts = mtaSts;
    this.mxProbe = mxProbe;
  }

  static async open(options: FactSourceOptions): Promise<FactSources> {
    const { configuration, stateFolder: state, environment, log } = options;
    const { resolver: address, trust, rootAnchorFile } = configuration;
    const { policyPort, mxPort, allowSpecialAddresses } = configuration;
    const mtaSts = await MtaSts.open({ state, trust, policyPort, allowSpecialAddresses, log });
    const mxProbe = await MxProbe.open({ state, trust, mxPort, allowSpecialAddresses, log });
    const resolver = await Resolver.open({ address, trust, rootAnchorFile, environment });
    return new FactSources(resolver, mtaSts, mxProbe);
  }

  async close(): Promise<void> {
    await Promise.all([this.resolver.close(), this.mtaSts.close(), this.mxProbe.close()]);
  }
}
