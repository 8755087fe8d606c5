import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LoadedReceipts } from '../../proxy/control/loaded-receipts.ts';
import { completeSince, noteCompleteSince } from '../../proxy/submission/complete-since.ts';
import { DEFAULT_LIMITS } from '../../proxy/submission/receipt-upkeep.ts';
import {
  newSubmissionId,
  Receipts,
  type ReceiptsOptions,
} from '../../proxy/submission/receipts.ts';
import type { KnownSubmission } from '../../proxy/submission/submission-facts.ts';
import { receiptLine } from '../../shared/submission/receipt-line.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { stateFolder } from '../receipt-files.ts';

const TAKEN = new SmtpReply(250, '2.0.0', 'Ok');
const START = Date.UTC(2026, 10, 22);
const NOW = '2026-12-24T00:00:00.000Z';
const DAY_MS = 24 * 60 * 60_000;

/** A clock that a test sets. */
function clockAt(time: number) {
  let now = time;
  return { now: () => now, pass: (ms: number) => void (now += ms) };
}

test('receipts are complete since they were begun', async () => {
  await using state = await stateFolder();
  const clock = clockAt(START);
  await (await open(state.folder, clock)).close();
  clock.pass(DAY_MS);
  const receipts = await open(state.folder, clock);
  await send(receipts);
  await receipts.close();
  expect(await completeSince(state.folder, NOW)).toBe('2026-11-22T00:00:00.000Z');
});

test('what was written before this was noted is complete since its first receipt', async () => {
  await using state = await stateFolder();
  const clock = clockAt(START);
  const receipts = await open(state.folder, clock);
  clock.pass(DAY_MS);
  await send(receipts);
  await receipts.close();
  await rm(join(state.folder, 'receipts-complete-since'));
  expect(await completeSince(state.folder, NOW)).toBe('2026-11-23T00:00:00.000Z');
  clock.pass(DAY_MS);
  await (await open(state.folder, clock)).close();
  expect(await completeSince(state.folder, NOW)).toBe('2026-11-23T00:00:00.000Z');
});

test('deleted receipts are complete since they were deleted, also after a restart', async () => {
  await using state = await stateFolder();
  const clock = clockAt(START);
  const receipts = await open(state.folder, clock);
  await send(receipts);
  clock.pass(DAY_MS);
  await receipts.deleteAll();
  await receipts.close();
  clock.pass(DAY_MS);
  await (await open(state.folder, clock)).close();
  expect(await completeSince(state.folder, NOW)).toBe('2026-11-23T00:00:00.000Z');
});

test('when old receipts are dropped by themselves, they are complete since the last of these', async () => {
  await using state = await stateFolder();
  const clock = clockAt(START);
  const limits = { ...DEFAULT_LIMITS, fileOctets: 2000, allOctets: 6000 };
  const receipts = await open(state.folder, clock, { limits });
  const sent: string[] = [];
  for (let at = 0; at < 60; at += 1) {
    clock.pass(1000);
    sent.push(await send(receipts));
  }
  await receipts.close();
  const since = await completeSince(state.folder, NOW);
  const known = await knownIn(state.folder);
  const missing = sent.flatMap((id, at) =>
    known.includes(id) ? [] : [new Date(START + (at + 1) * 1000).toISOString()],
  );
  expect(missing.length).toBeGreaterThan(20);
  expect(missing.filter((time) => time > since)).toEqual([]);
  expect(since < new Date(clock.now()).toISOString()).toBe(true);
});

test('of more receipts than are held in memory the earlier ones are not thought complete', async () => {
  await using state = await stateFolder();
  await mkdir(state.folder, { recursive: true });
  const lines = Array.from({ length: 20_003 }, (_, at) => {
    const time = new Date(START + at * 1000).toISOString();
    const reply = { code: 550, enhancedCode: '', text: 'no' };
    const facts = { server: '', sender: '', recipients: 1, domains: [], requirement: undefined };
    const unknown = { messageId: undefined, markerId: undefined, by: undefined, tls: undefined };
    const rest = { requireTlsOffered: undefined, adding: undefined };
    const all = { ...facts, ...unknown, ...rest, id: `m${at}`, time, reply };
    return receiptLine({ version: 1, event: 'refused', ...all });
  });
  await appendFile(join(state.folder, 'receipts.jsonl'), lines.join(''));
  const loaded = new LoadedReceipts(state.folder);
  await loaded.readOn();
  expect(loaded.droppedUpTo).toBe('2026-11-22T00:00:02.000Z');
});

test('an earlier time takes nothing back, and one that cannot be read counts for nothing', async () => {
  await using state = await stateFolder();
  await mkdir(state.folder, { recursive: true });
  await noteCompleteSince(state.folder, '2026-11-23T00:00:00.000Z');
  await noteCompleteSince(state.folder, '2026-11-22T00:00:00.000Z');
  expect(await completeSince(state.folder, NOW)).toBe('2026-11-23T00:00:00.000Z');

  const name = join(state.folder, 'receipts-complete-since');
  expect((await stat(name)).mode & 0o777).toBe(0o600);
  for (const text of ['', 'yesterday', '2026-11-23T00:00:00.000Z\n', 'x'.repeat(100_000)]) {
    await writeFile(name, text);
    expect(await completeSince(state.folder, NOW), text.slice(0, 30)).toBe(NOW);
  }
  expect((await readFile(name)).length).toBe(100_000);
});

async function open(
  folder: string,
  { now }: { readonly now: () => number },
  options: Partial<ReceiptsOptions> = {},
): Promise<Receipts> {
  return await Receipts.open(folder, { log: pino({ level: 'silent' }), now, ...options });
}

async function send(receipts: Receipts): Promise<string> {
  const letter: KnownSubmission = {
    id: newSubmissionId(),
    server: 'smtp.example.net',
    envelope: { mail: { path: '<ada@example.org>' }, rcpt: [{ path: '<grace@example.net>' }] },
  };
  await receipts.offered(letter);
  receipts.answered(letter, 'relayed', TAKEN);
  return letter.id;
}

async function knownIn(folder: string): Promise<readonly string[]> {
  const loaded = new LoadedReceipts(folder);
  await loaded.readOn();
  return loaded.where(() => true).map(({ id }) => id);
}
