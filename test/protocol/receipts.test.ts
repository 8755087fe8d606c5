import {
  appendFile,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { DEFAULT_LIMITS } from '../../proxy/submission/receipt-upkeep.ts';
import {
  newSubmissionId,
  Receipts,
  type ReceiptsOptions,
} from '../../proxy/submission/receipts.ts';
import type { KnownSubmission } from '../../proxy/submission/submission-facts.ts';
import { receiptsIn, stateFolder } from '../receipt-files.ts';
import { stoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';

const TAKEN = new SmtpReply(250, '2.0.0', 'Ok: queued as 4711');
const REFUSED = new SmtpReply(550, '5.7.30', 'REQUIRETLS support required');
const DAY_MS = 24 * 60 * 60 * 1000;

test('a message that the server took has a receipt with all that is known of it', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder, { now: () => Date.UTC(2026, 10, 22, 1, 35, 7) });
  const letter = letterFrom('ada', {
    header: 'Subject: secret\r\nMessage-Id:\r\n <1@example.org>\r\nTo: grace@example.net\r\n',
    asked: { requirement: 'required', by: 'X-TLS-Required', markerId: 'K7' },
    session: {
      tls: {
        version: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        certificate: { subject: 'CN=a', issuer: 'CN=b', validTo: 'tomorrow', fingerprint: '12:34' },
      },
      keywords: new Map([['REQUIRETLS', '']]),
    },
    adding: 'REQUIRETLS',
  });
  await receipts.offered(letter);
  receipts.answered(letter, 'relayed', TAKEN);
  await receipts.close();

  expect(await receiptsIn(state.folder)).toEqual({
    unreadable: 0,
    receipts: [
      {
        id: letter.id,
        time: '2026-11-22T01:35:07.000Z',
        server: 'smtp.example.net',
        sender: 'ada@example.org',
        recipients: 1,
        domains: ['example.net'],
        messageId: '<1@example.org>',
        markerId: 'K7',
        requirement: 'required',
        by: 'X-TLS-Required',
        tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: '12:34' },
        requireTlsOffered: true,
        adding: 'REQUIRETLS',
        outcome: 'relayed',
        answered: '2026-11-22T01:35:07.000Z',
        reply: { code: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 4711' },
      },
    ],
  });
});

test('the receipt of a message is on the disk before its final dot may be sent', async () => {
  await using state = await stateFolder();
  using syncs = await observedSyncs();
  const receipts = await open(state.folder);
  await receipts.offered(letterFrom('ada'));
  expect(syncs.ended()).toBe(1);
  expect(await outcomesIn(state.folder)).toEqual(['ada awaited']);
  await receipts.close();
});

test('two hundred messages at once share a few syncs', async () => {
  await using state = await stateFolder();
  using syncs = await observedSyncs();
  const receipts = await open(state.folder);
  const letters = Array.from({ length: 200 }, (_, at) => letterFrom(`ada${at}`));
  await Promise.all(letters.map((letter) => receipts.offered(letter)));
  expect(syncs.ended()).toBeLessThan(5);
  expect(await outcomesIn(state.folder)).toHaveLength(200);
  await receipts.close();
});

test('an answer is on the disk a second later, without a sync of its own', async () => {
  await using state = await stateFolder();
  using syncs = await observedSyncs();
  const receipts = await open(state.folder);
  const letters = [letterFrom('ada'), letterFrom('bea')];
  await Promise.all(letters.map((letter) => receipts.offered(letter)));
  using clock = stoppedClock();
  for (const letter of letters) {
    receipts.answered(letter, 'relayed', TAKEN);
    await clock.pass(20);
    const sender = letter.envelope.mail.path.slice(1, 4);
    await waitUntil(
      async () => (await outcomesIn(state.folder)).includes(`${sender} relayed`),
      5000,
      () => 'the answer was not written at once',
    );
  }
  // The first answer's own would have ended before the second answer was written.
  expect(syncs.ended()).toBe(1);
  await clock.pass(1000);
  await waitUntil(
    () => syncs.ended() === 2,
    5000,
    () => 'the answers were not synced',
  );
  await receipts.close();
});

test('a message that was refused before the dot has a receipt with the reason', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  receipts.refused(letterFrom('ada'), REFUSED);
  await receipts.close();
  expect((await receiptsIn(state.folder)).receipts).toMatchObject([
    { sender: 'ada@example.org', outcome: 'refused', reply: { code: 550, enhancedCode: '5.7.30' } },
  ]);
});

test('a message without an answer is unknown once the proxy starts again', async () => {
  await using state = await stateFolder();
  const before = await open(state.folder);
  const [answered, unanswered] = [letterFrom('ada'), letterFrom('bea')];
  await before.offered(answered);
  before.answered(answered, 'relayed', TAKEN);
  await before.offered(unanswered);
  await before.close();

  await (await open(state.folder)).close();
  expect(await outcomesIn(state.folder)).toEqual(['ada relayed', 'bea unknown']);
  const octets = await octetsIn(state.folder);
  await (await open(state.folder)).close();
  expect(await octetsIn(state.folder), 'it is said once').toBe(octets);
});

test('an answer that comes after unknown was said corrects the receipt', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  const letter = letterFrom('ada');
  await receipts.offered(letter);
  receipts.answered(letter, 'unknown', new SmtpReply(451, '4.4.2', 'check'));
  receipts.answered(letter, 'relayed', TAKEN);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual(['ada relayed']);
});

test('half a line, left by a crash or a full disk, spoils no other', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await receipts.offered(letterFrom('ada'));
  await appendFile(join(state.folder, 'receipts.jsonl'), '{"version":1,"event":"off');
  await receipts.offered(letterFrom('bea'));
  await appendFile(join(state.folder, 'receipts.jsonl'), '{"version":1,"ev');
  await receipts.close();

  const next = await open(state.folder);
  await next.offered(letterFrom('cleo'));
  await next.close();
  expect((await receiptsIn(state.folder)).unreadable).toBe(2);
  expect(await outcomesIn(state.folder)).toEqual(['ada unknown', 'bea unknown', 'cleo awaited']);
});

test('receipts that somebody removed are begun anew', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await receipts.offered(letterFrom('ada'));
  await rm(join(state.folder, 'receipts.jsonl'));
  await receipts.offered(letterFrom('bea'));
  await rm(state.folder, { recursive: true });
  await receipts.offered(letterFrom('cleo'));
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual(['cleo awaited']);
});

test('what is kept is bounded, and the latest is kept', async () => {
  await using state = await stateFolder();
  const limits = { ...DEFAULT_LIMITS, fileOctets: 4000, allOctets: 20_000 };
  const receipts = await open(state.folder, { limits });
  const senders = Array.from({ length: 300 }, (_, at) => `ada${at}`);
  for (const sender of senders) {
    const letter = letterFrom(sender);
    await receipts.offered(letter);
    receipts.answered(letter, 'relayed', TAKEN);
  }
  await receipts.close();
  const kept = await outcomesIn(state.folder);
  expect(await octetsIn(state.folder)).toBeLessThan(limits.allOctets + limits.fileOctets);
  expect(kept).toEqual(senders.slice(-kept.length).map((sender) => `${sender} relayed`));
  expect(kept.length).toBeGreaterThan(10);
});

test('of all that is dropped, what is not answered yet stays', async () => {
  await using state = await stateFolder();
  const limits = { ...DEFAULT_LIMITS, fileOctets: 4000, allOctets: 12_000 };
  const receipts = await open(state.folder, { limits });
  const first = letterFrom('first');
  await receipts.offered(first);
  for (let at = 0; at < 200; at += 1) {
    const letter = letterFrom('ada');
    await receipts.offered(letter);
    receipts.answered(letter, 'relayed', TAKEN);
  }
  expect(await outcomesIn(state.folder)).toContain('first awaited');
  receipts.answered(first, 'relayed', TAKEN);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toContain('first relayed');
  expect((await receiptsIn(state.folder)).receipts.length).toBeLessThan(50);
});

test('after a hundred days a receipt is gone', async () => {
  await using state = await stateFolder();
  let now = Date.UTC(2026, 0, 1);
  const receipts = await open(state.folder, { now: () => now });
  for (let day = 0; day < 150; day += 1) {
    const letter = letterFrom(`day${day}`);
    await receipts.offered(letter);
    receipts.answered(letter, 'relayed', TAKEN);
    now += DAY_MS;
  }
  await receipts.close();
  const [oldest] = await outcomesIn(state.folder);
  const day = Number(/\d+/.exec(oldest ?? '')?.[0]);
  expect(day).toBeGreaterThan(50);
  expect(day).toBeLessThan(70);
});

test('two proxies share a folder, and no line is lost or torn', async () => {
  await using state = await stateFolder();
  const limits = { ...DEFAULT_LIMITS, fileOctets: 5000, allOctets: 1_000_000 };
  // Files may be set aside in the same millisecond, and a clock may be put back.
  let now = Date.UTC(2026, 10, 22);
  const options = { limits, now: () => (now -= 100) };
  const both = [await open(state.folder, options), await open(state.folder, options)];
  const sending = both.map(async (receipts, proxy) => {
    for (let at = 0; at < 100; at += 1) {
      const letters = [letterFrom(`p${proxy}n${at}a`), letterFrom(`p${proxy}n${at}b`)];
      await Promise.all(letters.map((letter) => receipts.offered(letter)));
      for (const letter of letters) receipts.answered(letter, 'relayed', TAKEN);
    }
    await receipts.close();
  });
  await Promise.all(sending);

  const { receipts, unreadable } = await receiptsIn(state.folder);
  expect(unreadable).toBe(0);
  expect(new Set(receipts.map(({ id }) => id)).size).toBe(400);
  expect(receipts.filter(({ outcome }) => outcome !== 'relayed')).toEqual([]);
  expect((await readdir(state.folder)).length).toBeGreaterThan(10);
});

test('of two proxies one sets a full file aside, and the other one goes on in the new one', async () => {
  await using state = await stateFolder();
  const limits = { ...DEFAULT_LIMITS, fileOctets: 700, allOctets: 1_000_000 };
  const [first, second] = [
    await open(state.folder, { limits }),
    await open(state.folder, { limits }),
  ];
  for (let at = 0; (await readdir(state.folder)).length < 2; at += 1) {
    await first.offered(letterFrom(`ada${at}`));
  }
  await second.offered(letterFrom('bea'));
  await Promise.all([first.close(), second.close()]);
  expect(await readdir(state.folder)).toHaveLength(2);
  expect(await readFile(join(state.folder, 'receipts.jsonl'), 'utf8')).toContain('bea@');
});

test('a proxy that starts beside another takes back no answer that the other one gets', async () => {
  await using state = await stateFolder();
  const first = await open(state.folder);
  const letter = letterFrom('ada');
  await first.offered(letter);
  const second = await open(state.folder);
  first.answered(letter, 'relayed', TAKEN);
  await Promise.all([first.close(), second.close()]);
  expect(await outcomesIn(state.folder)).toEqual(['ada relayed']);
});

test('nobody else can read what is kept', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await receipts.offered(letterFrom('ada'));
  await receipts.close();
  expect((await stat(state.folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(state.folder, 'receipts.jsonl'))).mode & 0o777).toBe(0o600);
});

test('a message after the end of the proxy is not begun', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  await receipts.close();
  await expect(receipts.offered(letterFrom('ada'))).rejects.toThrow('the receipts are closed');
  receipts.answered(letterFrom('ada'), 'relayed', TAKEN);
  await receipts.close();
  expect(await outcomesIn(state.folder)).toEqual([]);
});

async function open(folder: string, options: Partial<ReceiptsOptions> = {}): Promise<Receipts> {
  const receipts = await Receipts.open(folder, { log: pino({ level: 'silent' }), ...options });
  await receipts.declareUnanswered();
  return receipts;
}

function letterFrom(sender: string, more: Partial<KnownSubmission> = {}): KnownSubmission {
  return {
    id: newSubmissionId(),
    server: 'smtp.example.net',
    envelope: {
      mail: { path: `<${sender}@example.org>` },
      rcpt: [{ path: '<grace@example.net>' }],
    },
    ...more,
  };
}

async function outcomesIn(folder: string): Promise<readonly string[]> {
  const { receipts } = await receiptsIn(folder);
  return receipts.map(({ sender, outcome }) => `${sender.replace(/@.*/, '')} ${outcome}`);
}

async function octetsIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return files.reduce((sum, file) => sum + file.length, 0);
}

/** Counts the syncs of file contents that came to their end; they are carried out all the same. */
async function observedSyncs() {
  const handle = await openFile(import.meta.filename);
  await handle.close();
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  const spy = vi.spyOn(prototype, 'datasync');
  return {
    ended: () => spy.mock.settledResults.filter(({ type }) => type === 'fulfilled').length,
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
