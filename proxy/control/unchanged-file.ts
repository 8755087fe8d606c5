import type { BigIntStats } from 'node:fs';
import { constants, lstat, open, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';

export type ReadFile =
  | {
      readonly kind: 'read';
      readonly text: string;
      /** When it was last written, replaced, renamed or linked to; milliseconds since 1970. */
      readonly changedMs: number;
    }
  | { readonly kind: 'absent' }
  /** It was written while it was read. */
  | { readonly kind: 'changing' }
  | { readonly kind: 'unreadable' };

/** A negative one where the system has none. */
const OWN_UID = userInfo().uid;

/**
 * Reads a file of another program that runs at the same time, as it was at one moment.
 *
 * A file that its program cannot write any more tells what was true once: it is unreadable, and so
 * is one of another user, which is how it looks after a run as root. A symbolic link is followed, as
 * Thunderbird does, and counts as changed when the link was.
 */
export async function readUnchanged(
  name: string,
  limitOctets: number,
  ownUid = OWN_UID,
): Promise<ReadFile> {
  try {
    const before = await lookAt(name);
    if (before === undefined) return { kind: 'absent' };
    const { file } = before;
    if (!file.isFile() || Number(file.size) > limitOctets || isForeign(file, ownUid)) {
      return { kind: 'unreadable' };
    }
    const octets = await octetsOf(name, Number(file.size));
    const after = await lookAt(name);
    if (after?.version !== before.version || octets?.length !== Number(file.size)) {
      return { kind: 'changing' };
    }
    const { changedMs } = before;
    return { kind: 'read', text: octets.toString('utf8').replace(/^\ufeff/, ''), changedMs };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** A name that is not there may be the end of a link, or of a path through what is no folder. */
async function lookAt(name: string) {
  try {
    const [link, file] = [await lstat(name, { bigint: true }), await stat(name, { bigint: true })];
    const times = [link.mtimeNs, link.ctimeNs, file.mtimeNs, file.ctimeNs];
    const changedNs = times.reduce((latest, time) => (time > latest ? time : latest));
    return {
      file,
      changedMs: Number(changedNs / 1_000_000n),
      version: [link.ino, file.dev, file.ino, file.size, ...times].join(' '),
    };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(?:ENOENT|ENOTDIR)$/.test(String(error.code))
  );
}

function isForeign({ uid, mode }: BigIntStats, ownUid: number): boolean {
  return (ownUid >= 0 && Number(uid) !== ownUid) || (Number(mode) & constants.S_IWUSR) === 0;
}

/** @returns at most one octet more than were expected */
async function octetsOf(name: string, expected: number): Promise<Buffer> {
  // Were it a pipe by now, nobody would ever write to it.
  const handle = await open(name, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const octets = Buffer.alloc(expected + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(octets, length, octets.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === octets.length) return octets.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}
