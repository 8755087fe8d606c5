import { appendFileSync } from 'node:fs';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ReceiptsView } from '../../proxy/control/receipts-view.ts';
import { Receipts } from '../../proxy/submission/receipts.ts';
import { receiptLine } from '../../shared/submission/receipt-line.ts';
import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { stateFolder } from '../receipt-files.ts';
import { stoppedClock } from '../stopped-clock.ts';

type Offered = Extract<ReceiptEvent, { event: 'offered' }>;

test('all receipts are told first, and then only what is new or another', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a'), offered('b'), answered('a'));
  await using view = await viewOf(state.folder);
  const all = await view.changedAfter();
  expect(all.receipts.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'b awaited',
    'a relayed',
  ]);
  expect(all.more).toBe(false);
  const after = { epoch: all.epoch, at: all.upTo };
  expect((await view.changedAfter(after)).receipts).toEqual([]);

  await write(state.folder, answered('b'), offered('c'));
  const later = await view.changedAfter(after);
  expect(later.receipts.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    'b relayed',
    'c awaited',
  ]);
});

test('more receipts than go into an answer come one part after another, each of them once', async () => {
  await using state = await stateFolder();
  const ids = Array.from({ length: 1203 }, (_, at) => `m${at}`);
  await write(state.folder, ...ids.flatMap((id) => [offered(id), answered(id)]));
  await using view = await viewOf(state.folder);
  const told: string[] = [];
  let after: { epoch: string; at: number } | undefined;
  for (let more = true; more;) {
    const part = await view.changedAfter(after);
    told.push(...part.receipts.map(({ id }) => id));
    expect(JSON.stringify(part).length).toBeLessThan(1024 * 1024);
    after = { epoch: part.epoch, at: part.upTo };
    more = part.more;
  }
  expect(told).toEqual(ids);
});

test('of very many receipts the newest twenty thousand are told', async () => {
  await using state = await stateFolder();
  const events = Array.from({ length: 20_010 }, (_, at) => offered(`m${at}`));
  await write(state.folder, ...events);
  await using view = await viewOf(state.folder);
  const first = await view.changedAfter();
  expect(first.receipts[0]?.id).toBe('m10');
  expect(first.more).toBe(true);
});

test('who asks with what another process said gets all', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a'));
  await using before = await viewOf(state.folder);
  const { epoch, upTo } = await before.changedAfter();
  await using view = await viewOf(state.folder);
  const all = await view.changedAfter({ epoch, at: upTo });
  expect(all.epoch).not.toBe(epoch);
  expect(all.receipts).toHaveLength(1);
});

test('an outcome is found by the id in the marker', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a', { markerId: 'K1' }), offered('b', { markerId: 'K2' }));
  await using view = await viewOf(state.folder);
  const { receipts } = await view.outcomes(['K1', 'K3']);
  expect(receipts).toMatchObject([{ id: 'a', outcome: 'awaited' }]);
});

test('what stands in the file when somebody asks is told, also while it is being read for another', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('first'));
  await using view = await viewOf(state.folder);
  for (let turn = 0; turn < 40; turn += 1) {
    const reading = view.outcomes([]);
    for (let waited = 0; waited < turn; waited += 1) await setImmediate();
    const event = offered(`m${turn}`, { markerId: `K${turn}` });
    appendFileSync(join(state.folder, 'receipts.jsonl'), receiptLine(event));
    const { receipts } = await view.outcomes([`K${turn}`]);
    expect(receipts, `after ${turn} turns`).toHaveLength(1);
    await reading;
  }
});

test('the latest message of an address that was taken is told, in whatever case it is written', async () => {
  await using state = await stateFolder();
  await write(
    state.folder,
    offered('a', { sender: 'Ada@Example.org', time: hour(2), server: 'two.example' }),
    answered('a'),
    offered('b', { time: hour(1), server: 'one.example' }),
    answered('b'),
    offered('c', { time: hour(3), server: 'three.example' }),
    offered('d', { sender: 'bea@example.org', time: hour(4) }),
    answered('d'),
  );
  await using view = await viewOf(state.folder);
  expect(await view.lastFrom('ada@example.ORG')).toEqual({ time: hour(2), server: 'two.example' });
  expect(await view.lastFrom('eve@example.org')).toBeUndefined();
});

test('what is kept is told: where, how much, and for how long', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a'));
  await using view = await viewOf(state.folder);
  const { octets, ...rest } = await view.storage();
  expect(octets).toBe(receiptLine(offered('a')).length);
  expect(rest).toEqual({ folder: state.folder, keptDays: 100, keptOctets: 16 * 1024 * 1024 });
});

test('deleted receipts are told no more, and whoever knew them hears of another epoch', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a'), answered('a'), offered('b'));
  await using view = await viewOf(state.folder);
  const before = await view.changedAfter();
  await view.deleteAll();
  const after = await view.changedAfter({ epoch: before.epoch, at: before.upTo });
  expect(after.epoch).not.toBe(before.epoch);
  expect(
    after.receipts.map(({ id }) => id),
    'what is on its way stays',
  ).toEqual(['b']);
});

test('ten minutes after the last question nothing is held in memory any more', async () => {
  await using state = await stateFolder();
  await write(state.folder, offered('a'));
  using clock = stoppedClock();
  await using view = await viewOf(state.folder);
  const first = await view.changedAfter();
  await clock.pass(9 * 60_000);
  expect((await view.changedAfter()).epoch).toBe(first.epoch);
  await clock.pass(9 * 60_000);
  expect((await view.changedAfter()).epoch).toBe(first.epoch);
  await clock.pass(10 * 60_000);
  expect((await view.changedAfter()).epoch).not.toBe(first.epoch);
});

test('receipts that cannot be read are a fault, and are read again with the next question', async () => {
  await using state = await stateFolder();
  await mkdir(join(state.folder, 'receipts.jsonl'), { recursive: true, mode: 0o700 });
  const view = new ReceiptsView(state.folder, { deleteAll: () => Promise.resolve() });
  await expect(view.changedAfter()).rejects.toThrow('EISDIR');
  await rm(join(state.folder, 'receipts.jsonl'), { recursive: true });
  await writeFile(join(state.folder, 'receipts.jsonl'), receiptLine(offered('a')));
  expect((await view.changedAfter()).receipts).toHaveLength(1);
  view.close();
});

function hour(oClock: number): string {
  return `2026-11-22T0${oClock}:00:00.000Z`;
}

async function write(folder: string, ...events: readonly ReceiptEvent[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await appendFile(join(folder, 'receipts.jsonl'), events.map(receiptLine).join(''));
}

async function viewOf(folder: string) {
  const receipts = await Receipts.open(folder, { log: pino({ level: 'silent' }) });
  const view = new ReceiptsView(folder, receipts);
  return Object.assign(view, {
    async [Symbol.asyncDispose]() {
      view.close();
      await receipts.close();
    },
  });
}

function offered(id: string, facts: Partial<Offered> = {}): Offered {
  return {
    version: 1,
    event: 'offered',
    id,
    time: '2026-11-22T01:35:00.000Z',
    server: 'smtp.example.net',
    sender: 'ada@example.org',
    recipients: 1,
    domains: ['example.net'],
    messageId: undefined,
    markerId: undefined,
    requirement: 'default',
    by: undefined,
    tls: undefined,
    requireTlsOffered: undefined,
    adding: 'nothing',
    ...facts,
  };
}

function answered(id: string): ReceiptEvent {
  const reply = { code: 250, enhancedCode: '2.0.0', text: 'Ok' };
  const time = '2026-11-22T01:35:01.000Z';
  return { version: 1, event: 'answered', id, time, outcome: 'relayed', reply };
}
