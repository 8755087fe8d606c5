import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { PairedProxies } from './paired-proxies.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';
import type { ScriptedResolver } from './scripted-resolver.ts';

/**
 * A server that takes everything and keeps it, behind a paired proxy that asks a resolver of ours
 * and believes it, on a computer without a validator of its own.
 */
export async function startForecastingUpstream(
  proxies: PairedProxies,
  resolver: Pick<ScriptedResolver, 'address'>,
): Promise<RecordingUpstream> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-forecasting-'));
  const stop = async () => rm(folder, { recursive: true, force: true });
  try {
    const file = path.join(folder, 'config.toml');
    await writeFile(file, `[forecast]\nresolver = "${resolver.address}"\n`);
    const upstream = await startRecordingUpstream(proxies, {
      flags: ['--config', file],
      // Neither unbound-host nor delv is found, which would find nothing signed by the root.
      inside: ['env', `PATH=${folder}`],
    });
    return {
      ...upstream,
      async [Symbol.asyncDispose]() {
        await upstream[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
