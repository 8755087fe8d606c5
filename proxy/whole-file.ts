import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from './error-message.ts';
import { syncFolder } from './state-folder.ts';

/** How the name of a file begins that is being written and has not come to its place yet. */
export const UNFINISHED = '.new-';

/**
 * Puts a file in the place of the former one: whoever reads sees this one or that one, and all of
 * it, also after a power failure.
 *
 * @throws Error of the system
 */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const beside = path.join(folder, UNFINISHED + randomBytes(8).toString('hex'));
  try {
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path.join(folder, name));
    await syncFolder(folder);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/**
 * Reads a file of ours as a whole.
 *
 * @returns undefined where there is none
 * @throws Error when something else has its place, or it is too large
 */
export async function readWhole(file: string, limitOctets: number) {
  let handle: FileHandle | undefined;
  try {
    // Neither a link nor a pipe in its place is followed or waited for. Windows knows none of both.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    handle = await open(file, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    const status = await handle.stat();
    if (!status.isFile() || status.size > limitOctets) throw new Error('it is no file of ours');
    return { text: await handle.readFile('utf8'), writtenAt: status.mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}
