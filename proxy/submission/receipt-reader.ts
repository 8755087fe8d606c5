import { open, type FileHandle } from 'node:fs/promises';
import { receiptEventFrom, MAX_RECEIPT_LINE } from '../../shared/submission/receipt-line.ts';
import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { codeOf } from '../error-message.ts';
import { receiptFiles } from './receipt-files.ts';

const BLOCK_OCTETS = 64 * 1024;
const LF = 10;

/** What one line of the receipts files says; `unreadable`: half a line, or not one of ours. */
export type ReadLine = { readonly kind: 'event'; readonly event: ReceiptEvent } | Unreadable;
type Unreadable = { readonly kind: 'unreadable' };

/** How far a file was read. */
type Place = { at: number; rest: Buffer };

/**
 * Reads all receipts files of a folder, line by line, with flat memory. It can be asked again for
 * what was added meanwhile, whatever happened to the names: files are known by their inodes.
 */
export class ReceiptReader {
  readonly #folder: string;
  #places = new Map<string, Place>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What was not read yet, the oldest first. */
  async *unread(): AsyncGenerator<ReadLine> {
    const places = new Map<string, Place>();
    // A file may get another name while the list is being read: looked at until none is new.
    for (let found = 1; found > 0;) {
      found = 0;
      for (const { name } of await receiptFiles(this.#folder)) {
        const handle = await openToRead(name);
        if (handle === undefined) continue;
        try {
          const { dev, ino, size } = await handle.stat();
          const key = `${dev} ${ino}`;
          if (places.has(key)) continue;
          found += 1;
          const known = this.#places.get(key);
          // A shorter one is another file in an old one's place.
          const place = known !== undefined && known.at <= size ? known : { at: 0, rest: NOTHING };
          places.set(key, place);
          this.#places.set(key, place);
          yield* linesFrom(handle, place);
        } finally {
          await handle.close();
        }
      }
    }
    this.#places = places; // those that are gone are forgotten: an inode may come again
  }
}

/** Reads one file; none where it is not there any more. */
export async function* linesOf(name: string): AsyncGenerator<ReadLine> {
  const handle = await openToRead(name);
  if (handle === undefined) return;
  try {
    const place = { at: 0, rest: NOTHING };
    yield* linesFrom(handle, place);
  } finally {
    await handle.close();
  }
}

const NOTHING = Buffer.alloc(0);

async function openToRead(name: string): Promise<FileHandle | undefined> {
  try {
    return await open(name, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // renamed or removed just now
    throw error;
  }
}

async function* linesFrom(handle: FileHandle, place: Place): AsyncGenerator<ReadLine> {
  const block = Buffer.alloc(BLOCK_OCTETS);
  for (;;) {
    const { bytesRead } = await handle.read(block, 0, BLOCK_OCTETS, place.at);
    if (bytesRead === 0) return;
    place.at += bytesRead;

    let octets = Buffer.concat([place.rest, block.subarray(0, bytesRead)]);
    for (let end = octets.indexOf(LF); end !== -1; end = octets.indexOf(LF)) {
      const line = octets.toString('utf8', 0, end);
      octets = octets.subarray(end + 1);
      if (line === '') continue; // stands before a line that another process began in its place
      const event = receiptEventFrom(line);
      yield event === undefined ? { kind: 'unreadable' } : { kind: 'event', event };
    }
    // What is too long is no line of ours; what remains of it makes it unreadable.
    place.rest = Buffer.from(octets.subarray(0, MAX_RECEIPT_LINE + 1));
  }
}
