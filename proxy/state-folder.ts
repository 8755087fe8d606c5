import { constants } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { codeOf, messageOf } from './error-message.ts';

/** A folder that nothing can be kept in; the message says why and what helps, of "it". */
export class StateFolderUnfit extends Error {
  override readonly name = 'StateFolderUnfit';
}

/**
 * Makes the folder where there is none, for its owner only. One that exists stays as it is, and
 * is not taken when somebody else could put another file in the place of ours.
 *
 * @param own the number of the user whose folder it must be
 * @throws StateFolderUnfit
 */
export async function prepareFolder(folder: string, own = ownUserId()): Promise<void> {
  try {
    await makeFolder(folder);
    const { uid, mode } = await stat(folder);
    assertOurs(uid, 'it', own);
    if ((mode & 0o022) !== 0 && own !== undefined) {
      throw new StateFolderUnfit(
        'it can be written to by other users. Take that away (chmod go-w), or name another folder with --state.',
      );
    }
  } catch (error) {
    throw unfit(error);
  }
}

/**
 * Makes a folder, and those above it that are not there. Node's `recursive` never ends, and cannot
 * be ended, where a folder that is there says ENOENT to each new one, as /proc does (20.20; look
 * again 2027-06).
 */
async function makeFolder(folder: string): Promise<void> {
  if (await isMade(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) await makeFolder(above);
  // Asked again, for another process may make the same ones.
  if (await isMade(folder)) return;
  throw new StateFolderUnfit('it cannot be made there. Name another folder with --state.');
}

/** @returns false where something is missing above it */
async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (await isFolder(folder)) return true;
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function isFolder(name: string): Promise<boolean> {
  return await stat(name).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** What the system refuses is told as it says it; a fault that may pass keeps its code. */
export function unfit(error: unknown): unknown {
  const lasting = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENXIO'];
  if (!lasting.includes(codeOf(error))) return error;
  return new StateFolderUnfit(
    `it cannot be used (${messageOf(error)}). Name another folder with --state.`,
    { cause: error },
  );
}

/** @throws StateFolderUnfit when this is of another user */
export function assertOurs(uid: number, what: string, own: number | undefined): void {
  if (own === undefined || uid === own) return;
  throw new StateFolderUnfit(`${what} belongs to another user. Name another folder with --state.`);
}

/** Undefined where there are no such numbers: on Windows, and for a user without a name. */
export function ownUserId(): number | undefined {
  try {
    const { uid } = userInfo();
    return uid === -1 ? undefined : uid;
  } catch {
    return undefined;
  }
}

/** Windows cannot sync a folder, and does not need to. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES'].includes(codeOf(error))) throw error;
  } finally {
    await handle?.close();
  }
}
