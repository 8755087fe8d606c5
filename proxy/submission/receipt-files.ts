import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../error-message.ts';
import { assertOurs, ownUserId, StateFolderUnfit, syncFolder, unfit } from '../state-folder.ts';

/** The file that is written to. The older ones beside it are only read. */
const CURRENT = 'receipts.jsonl';
const OLDER = /^receipts-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)-[0-9a-f]{8}\.jsonl$/;

/** One file of receipts. */
export type ReceiptFile = {
  readonly name: string;
  readonly octets: number;
  /** When it was written to last, as its name says; undefined for the one that is written to. */
  readonly lastAt: number | undefined;
};

/** The files of a folder, the oldest first; none where there is no such folder. */
export async function receiptFiles(folder: string): Promise<readonly ReceiptFile[]> {
  const names = await readdir(folder).catch((error: unknown): readonly string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const older = names.filter((name) => OLDER.test(name)).toSorted();
  const all = names.includes(CURRENT) ? [...older, CURRENT] : older;
  const files = await Promise.all(all.map((name) => fileNamed(folder, name)));
  return files.filter((file) => file !== undefined);
}

async function fileNamed(folder: string, name: string): Promise<ReceiptFile | undefined> {
  const full = path.join(folder, name);
  try {
    const { size } = await stat(full);
    return { name: full, octets: size, lastAt: timeIn(name) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // renamed or removed just now
    throw error;
  }
}

function timeIn(name: string): number | undefined {
  const [, hour, minute, second, rest] = OLDER.exec(name) ?? [];
  return hour === undefined ? undefined : Date.parse(`${hour}:${minute}:${second}.${rest}`);
}

type OpenFile = {
  readonly handle: FileHandle;
  readonly name: string;
  /** When it was written to last, by its own account. */
  readonly lastAt: number;
};

/**
 * Opens the file to append to, for its owner only.
 *
 * @param own the number of the user whose it must be
 * @throws StateFolderUnfit
 */
export async function openCurrent(folder: string, own = ownUserId()): Promise<OpenFile> {
  const name = path.join(folder, CURRENT);
  let handle: FileHandle | undefined;
  try {
    // For reading too: a pipe would be waited for otherwise. Windows knows no O_NOFOLLOW.
    const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    handle = await open(name, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    const { uid, mode, mtimeMs } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new StateFolderUnfit(`its ${CURRENT} is not a file. Remove it.`);
    }
    assertOurs(uid, `its ${CURRENT}`, own);
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    await syncFolder(folder); // or a power failure takes the new name away
    return { handle, name, lastAt: mtimeMs };
  } catch (error) {
    await handle?.close();
    if (codeOf(error) === 'ELOOP') {
      throw new StateFolderUnfit(`its ${CURRENT} is a symbolic link. Remove it.`);
    }
    throw unfit(error);
  }
}

/**
 * Sets the file to append to aside, as the newest of the older ones.
 *
 * @param lastAt when it was written to last
 */
export async function setAside(folder: string, lastAt: number): Promise<void> {
  // Also when the clock was put back: an answer is not looked for before its question.
  const newest = (await receiptFiles(folder)).findLast((file) => file.lastAt !== undefined);
  const time = new Date(Math.max(lastAt, (newest?.lastAt ?? 0) + 1)).toISOString();
  // Never a name that is taken: rename would replace what another proxy has just set aside.
  const name = `receipts-${time.replace(/[:.]/g, '-')}-${randomBytes(4).toString('hex')}.jsonl`;
  await rename(path.join(folder, CURRENT), path.join(folder, name));
  await syncFolder(folder);
}

/** Whether this is the file that the name leads to, and not one that was set aside or removed. */
export async function isCurrent(folder: string, handle: FileHandle): Promise<boolean> {
  const [named, opened] = await Promise.all([
    stat(path.join(folder, CURRENT)).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }),
    handle.stat(),
  ]);
  return named?.ino === opened.ino && named.dev === opened.dev;
}

export async function removeFile({ name }: ReceiptFile): Promise<void> {
  await unlink(name).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error; // another proxy was quicker
  });
}
