import { cp, readdir, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { receiptFiles } from '../../proxy/submission/receipt-files.ts';
import { ReceiptRemoval } from '../../proxy/submission/receipt-removal.ts';
import { DEFAULT_LIMITS } from '../../proxy/submission/receipt-upkeep.ts';
import {
  newSubmissionId,
  Receipts,
  type ReceiptsOptions,
} from '../../proxy/submission/receipts.ts';
import type { KnownSubmission } from '../../proxy/submission/submission-facts.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { receiptsIn, stateFolder } from '../receipt-files.ts';

const TAKEN = new SmtpReply(250, '2.0.0', 'Ok: queued as 4711');
const SMALL_FILES = { ...DEFAULT_LIMITS, fileOctets: 1000, allOctets: 1_000_000 };

test('receipts that are deleted are on the disk no more, in whatever file they were', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder, { limits: SMALL_FILES });
  await send(receipts, 'ada', 20);
  expect((await readdir(state.folder)).length).toBeGreaterThan(5);

  await receipts.deleteAll();
  expect(await outcomesIn(state.folder)).toEqual([]);
  expect(await readdir(state.folder)).toEqual(['receipts-complete-since', 'receipts.jsonl']);

  await send(receipts, 'bea', 1);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual(['bea relayed']);
});

test('of what is deleted, a message that is on its way keeps its receipt', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await send(receipts, 'ada', 1);
  const onItsWay = letterFrom('bea');
  await receipts.offered(onItsWay);

  await receipts.deleteAll();
  expect(await outcomesIn(state.folder)).toEqual(['bea awaited']);
  receipts.answered(onItsWay, 'relayed', TAKEN);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual(['bea relayed']);
});

test('whenever an answer comes while receipts are deleted, it stays with its question', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  const turns = 60; // more than a deletion takes
  for (let turn = 0; turn < turns; turn += 1) {
    const onItsWay = letterFrom(`ada${turn}`);
    await receipts.offered(onItsWay);
    const deleting = receipts.deleteAll();
    for (let waited = 0; waited < turn; waited += 1) await setImmediate();
    receipts.answered(onItsWay, 'relayed', TAKEN);
    await receipts.offered(letterFrom('next')); // so that the answer is written at once
    await deleting;
  }
  await receipts.close();
  const wrong = (await outcomesIn(state.folder)).filter((text) => /^ada.* awaited/.test(text));
  expect(wrong).toEqual([]);
});

test('a hundred messages are under way while receipts are deleted, and none becomes unknown', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder, { limits: SMALL_FILES });
  const sending = Array.from({ length: 100 }, async (_, at) => {
    for (let waited = 0; waited < at; waited += 1) await setImmediate();
    await send(receipts, `ada${at}`, 3);
  });
  const deleting = Array.from({ length: 5 }, () => receipts.deleteAll());
  await Promise.all([...sending, ...deleting]);
  await receipts.close();

  await (await open(state.folder)).close();
  const left = await outcomesIn(state.folder);
  expect(left.filter((text) => !text.endsWith(' relayed'))).toEqual([]);
  expect((await receiptsIn(state.folder)).unreadable).toBe(0);
});

test('a deletion that is broken off changes no outcome, however far it came', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder, { limits: SMALL_FILES });
  const onItsWay = letterFrom('bea');
  await receipts.offered(onItsWay);
  await send(receipts, 'ada', 10);
  const brokenOff = `${state.folder}-broken-off`;
  const removal = new ReceiptRemoval({
    folder: state.folder,
    beginAnotherFile: () => Promise.resolve(),
    async writeAgain() {
      await receipts.offered(onItsWay);
      await cp(state.folder, brokenOff, { recursive: true });
    },
  });
  await removal.removeAll(Date.now);
  await receipts.close();

  for (let older = 3; older >= 0; older -= 1) {
    await (await open(brokenOff, { limits: SMALL_FILES })).close();
    const outcomes = await outcomesIn(brokenOff);
    expect(outcomes.filter((text) => text !== 'ada relayed')).toEqual(['bea unknown']);
    const files = await receiptFiles(brokenOff);
    expect(files).toHaveLength(older + 1);
    if (files[0] !== undefined) await rm(files[0].name);
  }
});

test('where no other file can be begun, nothing is deleted and the next message goes', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await send(receipts, 'ada', 1);
  await rm(state.folder, { recursive: true });
  await cp(import.meta.filename, state.folder); // a file where the folder was
  const next = letterFrom('bea');
  const deleting = receipts.deleteAll();
  await expect(deleting).rejects.toThrow();
  await rm(state.folder);
  await receipts.offered(next);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual(['bea awaited']);
});

test('after the end of the proxy it deletes nothing', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await receipts.close();
  await expect(receipts.deleteAll()).rejects.toThrow('the receipts are closed');
});

async function open(folder: string, options: Partial<ReceiptsOptions> = {}): Promise<Receipts> {
  const receipts = await Receipts.open(folder, { log: pino({ level: 'silent' }), ...options });
  await receipts.declareUnanswered();
  return receipts;
}

async function send(receipts: Receipts, sender: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const letter = letterFrom(sender);
    await receipts.offered(letter);
    receipts.answered(letter, 'relayed', TAKEN);
  }
}

function letterFrom(sender: string): KnownSubmission {
  return {
    id: newSubmissionId(),
    server: 'smtp.example.net',
    envelope: {
      mail: { path: `<${sender}@example.org>` },
      rcpt: [{ path: '<grace@example.net>' }],
    },
  };
}

async function outcomesIn(folder: string): Promise<readonly string[]> {
  const { receipts } = await receiptsIn(folder);
  return receipts.map(({ sender, outcome }) => `${sender.replace(/@.*/, '')} ${outcome}`);
}
