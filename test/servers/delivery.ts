import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';

const DELIVERY_LIMIT_MS = 30_000;

/**
 * Waits until no message is left in the folders of a queue.
 *
 * @param folders in the order in which a message passes through them: one that moves on while
 *   we look is seen in the next folder, and never missed in both
 */
export async function untilQueueIsEmpty(folders: readonly string[]): Promise<void> {
  let waiting: string[] = [];
  const isEmpty = async () => {
    waiting = [];
    for (const folder of folders) waiting.push(...(await filesUnder(folder)));
    return waiting.length === 0;
  };
  await waitUntil(isEmpty, DELIVERY_LIMIT_MS, () => `not delivered: ${waiting.join(' ')}`);
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  // A queue's folders come with its first message, and its files go while they are listed.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** The messages of a maildir, oldest first. */
export async function readMaildir(maildir: string): Promise<readonly Buffer[]> {
  const folder = join(maildir, 'new');
  const names = await readdir(folder).catch(() => []);
  const messages = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { mtimeNs } = await stat(path, { bigint: true });
      return { mtimeNs, content: await readFile(path) };
    }),
  );
  const oldestFirst = messages.toSorted((one, other) => (one.mtimeNs < other.mtimeNs ? -1 : 1));
  return oldestFirst.map(({ content }) => content);
}
