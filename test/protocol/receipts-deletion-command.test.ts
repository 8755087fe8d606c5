import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import net from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { receipts, type ReceiptsFlags } from '../../proxy/commands/receipts.ts';
import type { Said } from '../../proxy/person.ts';
import { newSubmissionId, Receipts } from '../../proxy/submission/receipts.ts';
import type { Terminal } from '../../proxy/terminal.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { receiptsIn, stateFolder, type StateFolder } from '../receipt-files.ts';
import { capturedTerminal } from './captured-terminal.ts';

/** Nobody listens there: it was free a moment ago, and is not given out again at once. */
const CONTROL = `127.0.0.1:${await freePort()}`;

const BROKEN_OFF: Said = { kind: 'broken off' };

test.each(['n', '', 'yesterday', 'Y!'])(
  'receipts are not deleted when the person says %j',
  async (said) => {
    await using state = await oneReceipt();
    const terminal = await deletion(state, {}, { askPerson: saying(said) });
    expect(terminal.written().out).toBe('Nothing was deleted.\n');
    expect((await receiptsIn(state.folder)).receipts).toHaveLength(1);
  },
);

test.each(['y', 'yes', ' Y '])(
  'receipts are deleted when the person says %j, also while no proxy runs',
  async (said) => {
    await using state = await oneReceipt();
    const asked: string[] = [];
    const askPerson = (question: string) => {
      asked.push(question);
      return saying(said)();
    };
    const terminal = await deletion(state, {}, { askPerson });
    expect(asked).toEqual([expect.stringContaining(state.folder)]);
    expect(terminal.written().out).toBe('The receipts were deleted.\n');
    expect((await receiptsIn(state.folder)).receipts).toEqual([]);
  },
);

test('a person who breaks the question off has deleted nothing, and reads that', async () => {
  await using state = await oneReceipt();
  const terminal = await deletion(state, {}, { askPerson: () => Promise.resolve(BROKEN_OFF) });
  expect(terminal.written()).toEqual({ out: 'Nothing was deleted.\n', err: '' });
  expect((await receiptsIn(state.folder)).receipts).toHaveLength(1);
});

test('where there is nobody to ask, receipts are deleted only when it was said beforehand', async () => {
  await using state = await oneReceipt();
  const terminal = await deletion(state, {}, {}, 64);
  expect(terminal.written().err).toContain('--yes');
  expect((await receiptsIn(state.folder)).receipts).toHaveLength(1);

  await deletion(state, { yes: true });
  expect((await receiptsIn(state.folder)).receipts).toEqual([]);
});

test('where there are no receipts, nobody is asked, and nothing is made', async () => {
  await using state = await stateFolder();
  const terminal = await deletion(state, {});
  expect(terminal.written().out).toContain('There are no receipts');
  await expect(readdir(state.folder)).rejects.toThrow('ENOENT');
});

test('the page is not opened while no proxy runs, and the person reads what helps', async () => {
  await using state = await oneReceipt();
  const terminal = capturedTerminal();
  const flags = { state: state.folder, control: CONTROL, open: true } as const;
  expect(await receipts(flags, terminal)).toBe(69);
  expect(terminal.written().err).toContain('requiretls run');
  expect(terminal.written().out).toBe('');
});

function saying(line: string): () => Promise<Said> {
  return () => Promise.resolve({ kind: 'line', line });
}

test.each([{}, { open: true }] as const)(
  '--yes without --delete (%j) is told, and deletes nothing',
  async (flags) => {
    await using state = await oneReceipt();
    const terminal = capturedTerminal();
    const all = { state: state.folder, control: CONTROL, yes: true, ...flags } as const;
    expect(await receipts(all, terminal)).toBe(64);
    expect(terminal.written()).toEqual({
      out: '',
      err: 'requiretls: --yes goes with --delete.\n',
    });
    expect((await receiptsIn(state.folder)).receipts).toHaveLength(1);
  },
);

async function deletion(
  { folder }: StateFolder,
  flags: ReceiptsFlags,
  given: Partial<Terminal> = {},
  status = 0,
) {
  const terminal = capturedTerminal(given);
  const all = { state: folder, control: CONTROL, delete: true, ...flags } as const;
  expect(await receipts(all, terminal)).toBe(status);
  return terminal;
}

async function oneReceipt(): Promise<StateFolder> {
  const state = await stateFolder();
  const kept = await Receipts.open(state.folder, { log: pino({ level: 'silent' }) });
  const letter = {
    id: newSubmissionId(),
    server: 'smtp.example.net',
    envelope: { mail: { path: '<ada@example.org>' }, rcpt: [{ path: '<grace@example.net>' }] },
  };
  kept.refused(letter, new SmtpReply(550, '5.7.30', 'REQUIRETLS support required'));
  await kept.close();
  expect(await readdir(state.folder)).toEqual(['receipts-complete-since', 'receipts.jsonl']);
  return state;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
