import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A file to attach to a message, which is there for a while. */
export async function attachedFile(
  name: string,
  content: Buffer | string,
): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-attachment-'));
  const file = path.join(folder, name);
  await writeFile(file, content);
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
