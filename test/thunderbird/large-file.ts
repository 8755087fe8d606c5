import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** More than the sockets on the way hold, so that a part of it is always still to be sent. */
const OCTETS = 12_000_000;

/** A file to attach to a message. */
export async function largeFile(): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-attachment-'));
  const file = path.join(folder, 'photograph.bin');
  await writeFile(file, Buffer.alloc(OCTETS, 'x'));
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
