import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** What a person sees who decrypts a message. */
export type Decrypted = {
  readonly text: string;
  /** The fingerprint of each key whose good signature is on it. */
  readonly signedBy: readonly string[];
};

/** Somebody who reads mail with GnuPG, on a key ring of their own. */
export type GnupgUser = AsyncDisposable & {
  /** In ASCII armour. */
  publicKey(): Promise<string>;
  /** @returns the key's fingerprint */
  takeKey(publicKey: string): Promise<string>;
  decrypt(armoured: string): Promise<Decrypted>;
  /** @returns the fingerprint of each key whose good signature it is */
  verify(signed: string, signature: string): Promise<readonly string[]>;
};

export async function startGnupgUser(userId: string): Promise<GnupgUser> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'requiretls-gnupg-'));
  const gpg = async (words: readonly string[], input = '') => run(home, words, input);
  const dispose = async () => {
    // Its agent stays in the background otherwise.
    await promisify(execFile)('gpgconf', ['--homedir', home, '--kill', 'all']);
    await rm(home, { recursive: true, force: true });
  };
  try {
    await gpg([
      '--passphrase',
      '',
      '--quick-gen-key',
      userId,
      'future-default',
      'default',
      'never',
    ]);
  } catch (cause) {
    await dispose();
    throw cause;
  }
  return {
    publicKey: async () => (await gpg(['--armor', '--export', userId])).text,
    takeKey: async (publicKey) => {
      const { status } = await gpg(['--import'], publicKey);
      return /^IMPORT_OK \d+ (\S+)$/m.exec(status)?.[1] ?? '';
    },
    decrypt: async (armoured) => {
      const { text, status } = await gpg(['--decrypt'], armoured);
      return { text, signedBy: signersIn(status) };
    },
    verify: async (signed, signature) => {
      const file = path.join(home, 'signature.asc');
      await writeFile(file, signature);
      return signersIn((await gpg(['--verify', file, '-'], signed)).status);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function signersIn(status: string): readonly string[] {
  return [...status.matchAll(/^VALIDSIG (\S+)/gm)].map(([, fingerprint = '']) => fingerprint);
}

/** @throws Error with what it wrote, when it does not end well */
async function run(
  home: string,
  words: readonly string[],
  input: string,
): Promise<{ readonly text: string; readonly status: string }> {
  const options = ['--homedir', home, '--batch', '--quiet', '--status-fd', '2'];
  const child = spawn('gpg', [...options, ...words], { stdio: 'pipe' });
  const text: Buffer[] = [];
  const written: Buffer[] = [];
  child.stdout.on('data', (octets: Buffer) => text.push(octets));
  child.stderr.on('data', (octets: Buffer) => written.push(octets));
  child.stdin.end(input);
  const [exitStatus] = await once(child, 'close');
  const lines = Buffer.concat(written).toString('utf8');
  if (exitStatus !== 0) throw new Error(`gpg ${words.join(' ')} failed:\n${lines}`);
  return {
    text: Buffer.concat(text).toString('latin1'),
    status: lines.replaceAll('[GNUPG:] ', ''),
  };
}
