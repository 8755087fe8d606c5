import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AddOn } from './add-on.ts';
import { switchForecast, type HowForecast } from './forecast-switch.ts';
import type { HowToStart, PairedProxies } from './paired-proxies.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';
import {
  scriptedResolver,
  type ScriptedDomain,
  type ScriptedResolver,
} from './scripted-resolver.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Whom a proxy asks about recipients. */
type Asked = Pick<ScriptedResolver, 'address'> & {
  /** Where mail servers are, all of them on this computer. */
  readonly mxPort?: number;
};

/**
 * How to start a proxy that asks a resolver of ours and believes it, as on a computer without a
 * validator of its own.
 */
export async function forecasting(asked: Asked): Promise<Required<HowToStart> & AsyncDisposable> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-forecasting-'));
  const file = path.join(folder, 'config.toml');
  const lines = [
    '[forecast]',
    `resolver = "${asked.address}"`,
    // Its mail servers are on this computer, or at addresses that nobody has.
    'allow-special-addresses = true',
    ...(asked.mxPort === undefined ? [] : [`mx-port = ${asked.mxPort}`]),
    '',
  ];
  await writeFile(file, lines.join('\n'));
  return {
    flags: ['--config', file],
    // Neither unbound-host nor delv is found, which would find nothing signed by the root.
    inside: ['env', `PATH=${folder}`],
    [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }),
  };
}

/** A server that takes everything and keeps it, behind a paired proxy that is started so. */
export async function startForecastingUpstream(
  proxies: PairedProxies,
  asked: Asked,
): Promise<RecordingUpstream> {
  const how = await forecasting(asked);
  try {
    const upstream = await startRecordingUpstream(proxies, how);
    return {
      ...upstream,
      async [Symbol.asyncDispose]() {
        await upstream[Symbol.asyncDispose]();
        await how[Symbol.asyncDispose]();
      },
    };
  } catch (cause) {
    await how[Symbol.asyncDispose]();
    throw cause;
  }
}

type Stage = {
  readonly thunderbird: Thunderbird;
  readonly addOn: AddOn;
  readonly proxies: PairedProxies;
};

/** Alice's server, and whom its proxy asks about recipients. */
export type Forecasting = RecordingUpstream & { readonly resolver: ScriptedResolver };

/** Lets Alice's mail go through it, with the forecast switched on. */
export async function startForecasting(
  { thunderbird, addOn, proxies }: Stage,
  domains: Readonly<Record<string, ScriptedDomain>>,
  how: HowForecast = {},
): Promise<Forecasting> {
  const ends: AsyncDisposable[] = [];
  const end = async () => {
    for (const each of ends.toReversed()) await each[Symbol.asyncDispose]();
  };
  try {
    const resolver = await scriptedResolver(domains);
    ends.push(resolver);
    const upstream = await startForecastingUpstream(proxies, resolver);
    ends.push(upstream);
    await thunderbird.sendThrough(upstream.port);
    ends.push(await switchForecast({ thunderbird, addOn }, how));
    return { ...upstream, resolver, [Symbol.asyncDispose]: end };
  } catch (cause) {
    await end();
    throw cause;
  }
}
