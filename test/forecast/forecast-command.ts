import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Built. */
export const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');
const LIMIT_MS = 60_000;

/** How the command ended. */
export type Ended = { readonly status: number; readonly out: string; readonly err: string };

/** A folder for what forecasts keep, which is removed in the end. */
export type KeptFolder = AsyncDisposable & { readonly folder: string };

export async function keptFolder(): Promise<KeptFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-forecast-'));
  return {
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Runs the built `requiretls forecast`, which remembers nothing unless a state folder is named.
 *
 * @param environment what is otherwise in it, such as a PATH without a program that validates
 */
export async function runForecast(
  words: readonly string[],
  state?: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  await using kept = await keptFolder();
  const all = [COMMAND, 'forecast', '--state', state ?? kept.folder, ...words];
  const options = {
    timeout: LIMIT_MS,
    // A configuration of the person who runs the tests stays out of it.
    env: { ...process.env, XDG_CONFIG_HOME: kept.folder, ...environment },
  };
  return await new Promise((end, reject) => {
    execFile(process.execPath, all, options, (error, out, err) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') end({ status, out, err });
      else reject(new Error(`the command came to no end: ${err}`, { cause: error }));
    });
  });
}
