import { appendFile, mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ReceiptReader } from '../../proxy/submission/receipt-reader.ts';
import { MAX_RECEIPT_LINE, receiptLine } from '../../shared/submission/receipt-line.ts';
import { stateFolder } from '../receipt-files.ts';

test('a file of many blocks is read line by line, and none is lost between two blocks', async () => {
  await using files = await receiptFilesIn();
  const ids = Array.from({ length: 5000 }, (_, at) => `${at}-${'x'.repeat(at % 97)}`);
  await writeFile(files.current, ids.map(line).join(''));
  expect(await read(new ReceiptReader(files.folder))).toEqual(ids);
});

test('a line that comes in two halves is read once it is whole', async () => {
  await using files = await receiptFilesIn();
  const reader = new ReceiptReader(files.folder);
  await writeFile(files.current, line('a') + line('b').slice(0, 20));
  expect(await read(reader)).toEqual(['a']);
  await appendFile(files.current, line('b').slice(20) + line('c'));
  expect(await read(reader)).toEqual(['b', 'c']);
  expect(await read(reader)).toEqual([]);
});

test('a file that is set aside while older ones are read is read nevertheless, and once', async () => {
  await using files = await receiptFilesIn();
  await writeFile(files.older(1), line('a') + line('b'));
  await writeFile(files.current, line('c'));
  const reader = new ReceiptReader(files.folder);
  const found: string[] = [];
  for await (const one of reader.unread()) {
    found.push(one.kind === 'event' ? one.event.id : '?');
    if (found.length !== 1) continue;
    await rename(files.current, files.older(2));
    await writeFile(files.current, line('d'));
  }
  expect(found.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  await appendFile(files.older(2), line('e'));
  expect(await read(reader)).toEqual(['e']);
});

test('a line without end is one that cannot be read, and takes no memory', async () => {
  await using files = await receiptFilesIn();
  await writeFile(files.current, line('a'));
  await truncate(files.current, 5_000_000);
  await appendFile(files.current, `\n${line('b')}`);
  using held = observedConcatenations();
  expect(await read(new ReceiptReader(files.folder))).toEqual(['a', '?', 'b']);
  expect(held.largest()).toBeGreaterThan(0); // or this looks in the wrong place
  expect(held.largest()).toBeLessThan(3 * MAX_RECEIPT_LINE);
});

async function read(reader: ReceiptReader): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const found of reader.unread()) {
    ids.push(found.kind === 'event' ? found.event.id : '?');
  }
  return ids;
}

function line(id: string): string {
  const time = '2026-11-22T03:00:00.000Z';
  return receiptLine({
    version: 1,
    event: 'answered',
    id,
    time,
    outcome: 'relayed',
    reply: undefined,
  });
}

/** Sees how much is put together at once; it is put together all the same. */
function observedConcatenations() {
  const spy = vi.spyOn(Buffer, 'concat');
  const lengths = () =>
    spy.mock.results.map(({ type, value }) => (type === 'return' ? value.length : 0));
  return {
    largest: () => Math.max(0, ...lengths()),
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

async function receiptFilesIn() {
  const state = await stateFolder();
  await mkdir(state.folder);
  return {
    ...state,
    current: join(state.folder, 'receipts.jsonl'),
    older: (at: number) =>
      join(state.folder, `receipts-2026-11-22T02-00-0${at}-000Z-0123abcd.jsonl`),
  };
}
