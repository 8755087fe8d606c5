import { attachedFile } from './attached-file.ts';

/** More than the sockets on the way hold, so that a part of it is always still to be sent. */
const OCTETS = 12_000_000;

/** A file to attach to a message. */
export async function largeFile(): Promise<AsyncDisposable & { readonly file: string }> {
  return await attachedFile('photograph.bin', Buffer.alloc(OCTETS, 'x'));
}
