import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { KEY_OCTETS } from '../../shared/control/pairing-code.ts';
import { codeOf } from '../error-message.ts';
import { assertOurs, ownUserId, StateFolderUnfit, unfit } from '../state-folder.ts';
import { replaceFile } from '../whole-file.ts';

const NAME = 'control.json';
const MAX_OCTETS = 256 * 1024;
export const MAX_PAIRINGS = 50;

const key = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{43}$/),
  v.transform((text): Uint8Array => Buffer.from(text, 'base64url')),
  v.check((octets) => octets.length === KEY_OCTETS),
);

const PAIRED_PROFILE = v.strictObject({
  pairing: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,64}$/)),
  /** What the person knows the profile by. */
  name: v.string(),
  /** `moz-extension://…`, which then has to stand in its questions; absent outside a browser. */
  origin: v.optional(v.string()),
  key,
  created: v.string(),
});
export type PairedProfile = v.InferOutput<typeof PAIRED_PROFILE>;

const CONTENT = v.strictObject({
  version: v.literal(1),
  /** The key of the commands on this computer. */
  commandLine: key,
  pairings: v.pipe(v.array(PAIRED_PROFILE), v.maxLength(MAX_PAIRINGS)),
});
export type KeyFile = v.InferOutput<typeof CONTENT>;

export function newKeyFile(): KeyFile {
  return { version: 1, commandLine: randomBytes(KEY_OCTETS), pairings: [] };
}

/**
 * Reads the keys of a state folder. Whoever else could have read them could let a message go
 * unprotected, so such a file is not used.
 *
 * @param own the number of the user whose they must be
 * @returns undefined when there are none
 * @throws StateFolderUnfit with a sentence that says what helps
 */
export async function readKeyFile(folder: string, own = ownUserId()): Promise<KeyFile | undefined> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: a pipe in its place is not waited for. Windows knows none of both.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    handle = await open(path.join(folder, NAME), O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
    const { uid, mode, size } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) {
      throw new StateFolderUnfit(`its ${NAME} is not a file. ${CURE}`);
    }
    assertOurs(uid, `its ${NAME}`, own);
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw new StateFolderUnfit(
        `its ${NAME} holds keys, and other users may read it or write to it. ${CURE}`,
      );
    }
    if (size > MAX_OCTETS) throw notOurs();
    return contentFrom(await handle.readFile('utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') {
      throw new StateFolderUnfit(`its ${NAME} is a symbolic link. ${CURE}`);
    }
    throw unfit(error);
  } finally {
    await handle?.close();
  }
}

/**
 * The keys may be known to somebody, so it does not help to mend the file. A proxy makes it at its
 * start only, and `requiretls pair` needs the key in it.
 */
const CURE = 'Remove it, start the proxy anew, and pair Thunderbird again (requiretls pair).';

function notOurs(): StateFolderUnfit {
  return new StateFolderUnfit(`its ${NAME} is not as this program writes it. ${CURE}`);
}

function contentFrom(text: string): KeyFile {
  try {
    return v.parse(CONTENT, JSON.parse(text));
  } catch {
    throw notOurs();
  }
}

function lettersOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url');
}

/** Puts the keys in the place of the former ones: whoever reads sees these or those, and all. */
export async function writeKeyFile(folder: string, content: KeyFile): Promise<void> {
  const written = {
    ...content,
    commandLine: lettersOf(content.commandLine),
    pairings: content.pairings.map((one) => ({ ...one, key: lettersOf(one.key) })),
  };
  try {
    // Synced: or a power failure brings back a pairing that was removed.
    await replaceFile(folder, NAME, `${JSON.stringify(written, undefined, 2)}\n`);
  } catch (error) {
    throw unfit(error);
  }
}
