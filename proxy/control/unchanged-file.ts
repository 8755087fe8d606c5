import { constants, lstat, open, stat } from 'node:fs/promises';

export type ReadFile =
  | {
      readonly kind: 'read';
      readonly octets: Buffer;
      /** Its owner. */
      readonly uid: number;
      /** When it was last written, replaced, renamed or linked to; milliseconds since 1970. */
      readonly changedMs: number;
    }
  | { readonly kind: 'absent' }
  /** It was written while it was read. */
  | { readonly kind: 'changing' }
  | { readonly kind: 'unreadable' };

/**
 * Reads a file of another program that runs at the same time, as it was at one moment. A symbolic
 * link is followed, as Thunderbird does, and counts as changed when the link was.
 */
export async function readUnchanged(name: string, limitOctets: number): Promise<ReadFile> {
  try {
    const before = await lookAt(name);
    if (before === undefined) return { kind: 'absent' };
    const { file } = before;
    if (!file.isFile() || Number(file.size) > limitOctets) {
      return { kind: 'unreadable' };
    }
    const octets = await octetsOf(name, Number(file.size));
    const after = await lookAt(name);
    if (after?.version !== before.version || octets?.length !== Number(file.size)) {
      return { kind: 'changing' };
    }
    const { changedMs } = before;
    return { kind: 'read', octets, uid: Number(file.uid), changedMs };
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

/** Whether a file, or a folder on the way to it, is not there. */
export function isAbsence(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^(?:ENOENT|ENOTDIR)$/.test(String(error.code))
  );
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
