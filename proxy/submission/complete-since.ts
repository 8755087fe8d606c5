import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../error-message.ts';
import { receiptFiles } from './receipt-files.ts';
import { linesOf } from './receipt-reader.ts';

const NAME = 'receipts-complete-since';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Since when the receipts of a folder are complete: of an earlier message there may be none,
 * although it went through the proxy, because its receipt was removed.
 *
 * @param now what holds when nobody can tell, ISO 8601
 */
export async function completeSince(folder: string, now: string): Promise<string> {
  return (await noted(folder)) ?? (await firstTimeIn(folder)) ?? now;
}

/**
 * Notes that receipts before a time go, or have not begun yet; an earlier time changes nothing.
 * To be called before they go: whatever is broken off then makes nobody believe too much.
 */
export async function noteCompleteSince(folder: string, time: string): Promise<void> {
  const before = await noted(folder);
  if (before !== undefined && before >= time) return;
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  const name = path.join(folder, NAME);
  const handle = await open(name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    // In its place, and of the same length: on a full disk receipts can still be dropped.
    await handle.write(time, 0, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Notes it where nothing is noted yet, when receipts are opened to be written. */
export async function beginCompleteSince(folder: string, now: string): Promise<void> {
  if ((await noted(folder)) === undefined) {
    await noteCompleteSince(folder, (await firstTimeIn(folder)) ?? now);
  }
}

async function noted(folder: string): Promise<string | undefined> {
  const handle = await open(path.join(folder, NAME), 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const block = Buffer.alloc(64);
    const { bytesRead } = await handle.read(block, 0, block.length, 0);
    const text = block.toString('latin1', 0, bytesRead);
    return TIME.test(text) ? text : undefined;
  } finally {
    await handle.close();
  }
}

async function firstTimeIn(folder: string): Promise<string | undefined> {
  for (const { name } of await receiptFiles(folder)) {
    for await (const line of linesOf(name)) if (line.kind === 'event') return line.event.time;
  }
  return undefined;
}
