import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { receipts, type ReceiptsFlags } from '../../proxy/commands/receipts.ts';
import { receiptLine } from '../../shared/submission/receipt-line.ts';
import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { stateFolder } from '../receipt-files.ts';
import { waitUntil } from '../wait-until.ts';
import { capturedTerminal } from './captured-terminal.ts';

const ADA = offered('ada', '2026-11-22T01:35:07.000Z', 'required');
const BEA = offered('bea', '2026-11-22T01:36:00.000Z', 'optional');

/** The same on every wall. */
process.env['TZ'] = 'UTC';

test('receipts are shown to people with a sentence each, the oldest first', async () => {
  await using state = await stateFolder();
  await write(state.folder, BEA, ADA, answered('bea'), refused('cleo'), answered('ada'));
  expect(await shown(state.folder)).toBe(
    `When                 Choice          What became of it
2026-11-22 01:35:07  Require TLS     ada@example.org to example.net: sent over TLS 1.3 with REQUIRETLS, and smtp.example.net took it (Ok: queued as 4711).
2026-11-22 01:36:00  Deliver anyway  bea@example.org to example.net: sent over TLS 1.3 with TLS-Required: No, and smtp.example.net took it (Ok: queued as 4711).
2026-11-22 02:00:00  (unclear)       cleo@example.org to example.net: not sent. The header asks something that is not clear.
`,
  );
});

test.each([40, 60, 80, 120])('in a terminal of %i columns no line is longer', async (columns) => {
  await using state = await stateFolder();
  await write(state.folder, ADA, answered('ada'), BEA, refused('cleo'));
  const text = await shown(state.folder, {}, columns);
  const lines = text.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(text.replace(/\s+/g, ' ')).toContain('took it (Ok: queued as 4711). 2026-11-22 01:36:00');
});

test('receipts are written as JSON, one object a line, with the version', async () => {
  await using state = await stateFolder();
  await write(state.folder, ADA, answered('ada'), BEA);
  const lines = (await shown(state.folder, { json: true })).trimEnd().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({
      version: 1,
      id: 'ada',
      time: '2026-11-22T01:35:07.000Z',
      outcome: 'relayed',
      reply: { code: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 4711' },
      requirement: 'required',
      adding: 'REQUIRETLS',
    }),
    expect.objectContaining({ version: 1, id: 'bea', outcome: 'awaited' }),
  ]);
});

test('before the first message there is a clear sentence, and no error', async () => {
  await using state = await stateFolder();
  expect(await shown(state.folder)).toBe(
    `There are no receipts in ${state.folder} yet. The proxy writes one for each message.\n`,
  );
  const terminal = capturedTerminal();
  expect(await receipts({ state: state.folder, json: true }, terminal)).toBe(0);
  expect(terminal.written().out).toBe('');
});

test('with --since only later messages are shown, with answers that came later still', async () => {
  await using state = await stateFolder();
  await write(state.folder, ADA, BEA, answered('ada'), answered('bea'));
  const text = await shown(state.folder, { since: '2026-11-22T01:36Z' });
  expect(text).not.toContain('ada@');
  expect(text).toContain('bea@example.org to example.net: sent');
  expect(await shown(state.folder, { since: '2030-01-01' })).toContain('no receipts since 2030');
});

test.each(['yesterday', '2026-13-01', '-1d', '3', '', '22.11.2026', '9999999h'])(
  'a moment that is none is told, with what is one: "%s"',
  async (since) => {
    await using state = await stateFolder();
    const terminal = capturedTerminal();
    expect(await receipts({ state: state.folder, since }, terminal)).toBe(64);
    expect(terminal.written().err).toContain('2026-11-22T08:30');
  },
);

test('lines that cannot be read are counted, and the others shown', async () => {
  await using state = await stateFolder();
  await write(state.folder, ADA, answered('ada'));
  await writeFile(join(state.folder, 'receipts.jsonl'), '{"version":1,"ev\n\u001b[2J\n', {
    flag: 'a',
  });
  const terminal = capturedTerminal();
  expect(await receipts({ state: state.folder }, terminal)).toBe(0);
  expect(terminal.written().out).toContain('ada@example.org');
  expect(terminal.written().err).toContain('2 lines');
  expect(Object.values(terminal.written()).join('')).not.toContain('\u001b');
});

test('one who follows sees each message once it is answered, also when files are set aside', async () => {
  await using state = await stateFolder();
  await write(state.folder, ADA, answered('ada'));
  const terminal = capturedTerminal();
  const ended = receipts({ state: state.folder, json: true, follow: true }, terminal);
  const told = () =>
    terminal
      .written()
      .out.split('\n')
      .filter((line) => line !== '')
      .map((line): { id?: unknown; outcome?: unknown } => JSON.parse(line))
      .map(({ id, outcome }) => `${String(id)} ${String(outcome)}`);
  const toldOf = (what: string) =>
    waitUntil(
      () => told().includes(what),
      5000,
      () => `${what} was not told: ${told().join(', ')}`,
    );
  await toldOf('ada relayed');
  await write(state.folder, BEA);
  await toldOf('bea awaited');
  const current = join(state.folder, 'receipts.jsonl');
  await write(state.folder, answered('bea'));
  await rename(current, join(state.folder, 'receipts-2026-11-22T02-00-00-000Z-0123abcd.jsonl'));
  await write(state.folder, refused('cleo'));
  await toldOf('cleo refused');

  terminal.requestStop();
  expect(await ended).toBe(0);
  expect(told()).toEqual(['ada relayed', 'bea awaited', 'bea relayed', 'cleo refused']);
});

test('one who follows before the first message sees it come', async () => {
  await using state = await stateFolder();
  const terminal = capturedTerminal();
  const ended = receipts({ state: state.folder, follow: true }, terminal);
  await write(state.folder, ADA, answered('ada'));
  await waitUntil(
    () => terminal.written().out.includes('took it'),
    5000,
    () => 'nothing was told',
  );
  terminal.requestStop();
  expect(await ended).toBe(0);
  expect(terminal.written().out).toMatch(/^When .*\n2026-11-22 01:35:07 .*\n$/);
});

async function shown(folder: string, flags: ReceiptsFlags = {}, columns?: number): Promise<string> {
  const terminal = capturedTerminal({ columns });
  expect(await receipts({ state: folder, ...flags }, terminal)).toBe(0);
  return terminal.written().out;
}

async function write(folder: string, ...events: readonly ReceiptEvent[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines = events.map(receiptLine).join('');
  await writeFile(join(folder, 'receipts.jsonl'), lines, { flag: 'a' });
}

function offered(
  id: string,
  time: string,
  requirement: 'required' | 'optional' | undefined,
): ReceiptEvent & { event: 'offered' } {
  return {
    version: 1,
    event: 'offered',
    id,
    time,
    server: 'smtp.example.net',
    sender: `${id}@example.org`,
    recipients: 1,
    domains: ['example.net'],
    messageId: undefined,
    markerId: undefined,
    requirement,
    by: requirement && 'X-TLS-Required',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: '12:34' },
    requireTlsOffered: true,
    adding: requirement === 'required' ? 'REQUIRETLS' : 'TLS-Required: No',
  };
}

function refused(id: string): ReceiptEvent {
  const text = 'The header asks something that is not clear';
  return {
    ...offered(id, '2026-11-22T02:00:00.000Z', undefined),
    event: 'refused',
    reply: { code: 554, enhancedCode: '5.6.0', text },
  };
}

function answered(id: string): ReceiptEvent {
  return {
    version: 1,
    event: 'answered',
    id,
    time: '2026-11-22T03:00:00.000Z',
    outcome: 'relayed',
    reply: { code: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 4711' },
  };
}
