import { expect, test } from 'vitest';
import { Probes } from '../../proxy/control/probes.ts';
import { answerProbe } from '../../proxy/submission/arriving-probe.ts';
import type { ReceiptBook } from '../../proxy/submission/submission-record.ts';
import { probeBody, PROBE_MS } from '../../shared/control/probe.ts';
import { LOOPBACK, relayed } from './relayed-session.ts';
import {
  ENVELOPE,
  ENVELOPE_TAKEN,
  greeted,
  LEFT,
  message,
  proved,
  QUIT,
  TAKEN,
} from './scripts.ts';

const ADA = { id: 'id1', address: 'ada@example.org' };
const NOT_SEEN = { kind: 'unknown', why: 'probe not seen' };

const UNCLEAR =
  'S: 554 5.6.0 This says that it is a probe of the Thunderbird extension Require TLS, and is not exactly one, so it was not sent. If another extension changes your mail, switch that off for the probe.\n';
const UNEXPECTED =
  'S: 554 5.7.1 Require TLS does not expect this probe, or no longer, so it was not sent. In Thunderbird send your message again.\n';
const SWALLOWED = 'S: 250 2.0.0 This is the way through Require TLS\n';

/** The server hears nothing of any message: its script fails at the first MAIL. */
const NOTHING_HEARD = `${proved('implicit', 'PIPELINING')} ${QUIT}`;

const HOME = {
  account: { name: 'home', listen: LOOPBACK },
  listener: { port: 1, isListening: true },
};

/** Whoever asks for an outcome here knows that nothing is on its way any more. */
function probesFor(home = HOME, nowMs = () => 0): Probes {
  return new Probes({ accounts: () => [home], nowMs, arrivalMs: 1 });
}

/** A probe as Thunderbird 153 sends it, with its envelope. */
function probe(
  nonce: string,
  more: {
    readonly mail?: string;
    readonly rcpt?: readonly string[];
    readonly fields?: readonly string[];
    readonly body?: string;
  } = {},
): string {
  const { mail = '<ada@example.org>', rcpt = [mail], fields = [], body = probeBody(nonce) } = more;
  return [
    `C: MAIL FROM:${mail}`,
    'S: 250 2.1.0 Ok',
    ...rcpt.flatMap((path) => [`C: RCPT TO:${path}`, 'S: 250 2.1.5 Ok']),
    'C: DATA',
    'S: 354 End data with <CR><LF>.<CR><LF>',
    'C: Message-ID: <5a1e@example.org>',
    'C: MIME-Version: 1.0',
    'C: From: Ada <ada@example.org>',
    'C: To: ada@example.org',
    'C: Subject: Require TLS: is this the right way?',
    `C: X-Tls-Route-Probe: ${nonce}`,
    ...fields.map((field) => `C: ${field}`),
    'C: Content-Type: text/plain; charset=UTF-8; format=flowed',
    'C: Content-Transfer-Encoding: 7bit',
    'C: ',
    ...body
      .split('\r\n')
      .slice(0, -1)
      .map((line) => `C: ${line}`),
    'C: .',
    '',
  ].join('\n');
}

/** Keeps what would be written down. */
function memoryBook() {
  const written: string[] = [];
  const book: ReceiptBook = {
    offered: async () => void written.push('offered'),
    answered: () => void written.push('answered'),
    refused: () => void written.push('refused'),
  };
  return { book, written };
}

test('a probe is swallowed, without a receipt, and tells the way to who asked, once', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  const { book, written } = memoryBook();
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${probe(nonce)} ${SWALLOWED} ${LEFT}`,
    probes: probes.inboxOf('home'),
    receipts: book,
  });
  expect(written).toEqual([]);
  expect(await probes.outcomeOf('another', nonce)).toEqual(NOT_SEEN);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual({
    kind: 'through-proxy',
    account: 'home',
    evidence: { by: 'probe', ageMs: 0 },
  });
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('the message after a probe goes its way on the same connection', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')}
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${probe(nonce)} ${SWALLOWED}
      ${ENVELOPE} ${message('X-TLS-Required: Yes')} ${TAKEN} ${LEFT}`,
    probes: probes.inboxOf('home'),
  });
  expect(await probes.outcomeOf('ada-pairing', nonce)).toMatchObject({ kind: 'through-proxy' });
});

test.each<readonly [string, Parameters<typeof probe>[1], string]>([
  ['to another recipient', { rcpt: ['<grace@example.net>'] }, UNCLEAR],
  ['to a second recipient', { rcpt: ['<ada@example.org>', '<grace@example.net>'] }, UNCLEAR],
  ['to the same one twice', { rcpt: ['<ada@example.org>', '<ada@example.org>'] }, UNCLEAR],
  ['to nobody who sends it', { mail: '<>', rcpt: ['<ada@example.org>'] }, UNCLEAR],
  ['from nobody to nobody', { mail: '<>' }, UNEXPECTED],
  ['from somebody else to himself', { mail: '<grace@example.net>' }, UNEXPECTED],
  ['from an address that differs in case', { mail: '<Ada@example.org>' }, UNEXPECTED],
  ['with a letter for its text', { body: 'Dear Grace,\r\n' }, UNCLEAR],
  ['with no text', { body: '' }, UNCLEAR],
  ['with more than its text', { body: `${probeBody('x')}P. S.\r\n` }, UNCLEAR],
  ['with the text of another probe', { body: probeBody('AAAAbbbb0000-_-_') }, UNCLEAR],
  ['that asks to require TLS', { fields: ['X-TLS-Required: Yes'] }, UNCLEAR],
  ['that asks to do without TLS', { fields: ['TLS-Required: No'] }, UNCLEAR],
  ['that stands twice', { fields: ['X-TLS-Route-Probe: AAAAbbbb0000-_-_'] }, UNCLEAR],
  ['with a field that resembles its own', { fields: ['X-TLS-Route-Prob: a'] }, UNCLEAR],
])('a probe %s is refused, and nothing of it is sent', async (_what, more, refusal) => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  const { book, written } = memoryBook();
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${probe(nonce, more)} ${refusal} ${LEFT}`,
    probes: probes.inboxOf('home'),
    receipts: book,
  });
  expect(written).toEqual(['refused']);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('a probe with one octet of its text changed is none', async () => {
  const nonce = 'AAAAbbbb0000-_-_';
  const text = Buffer.from(`\r\n${probeBody(nonce)}`);
  let taken = 0;
  const inbox = { take: () => (taken += 1) > 0 };
  const path = { path: '<ada@example.org>', parameters: [] };
  const answer = (octets: Buffer, size: number) => {
    const blocks = Array.from({ length: Math.ceil(octets.length / size) }, (_, at) =>
      octets.subarray(at * size, (at + 1) * size),
    );
    const envelope = { mail: { ...path, asksRequireTls: false }, rcpt: [path] };
    const claimed = { kind: 'claimed', nonce } as const;
    return answerProbe(
      { claimed, envelope, asked: { by: undefined }, body: arriving(blocks), connectedMs: 0 },
      inbox,
    );
  };
  for (const size of [1, 7, text.length]) {
    expect((await answer(text, size)).code).toBe(250);
  }
  taken = 0;
  for (let at = 0; at < text.length; at += 1) {
    const changed = Buffer.from(text);
    changed[at] = (changed[at] ?? 0) ^ 0x20;
    expect((await answer(changed, 64)).code, `octet ${at}`).toBe(554);
    expect((await answer(text.subarray(0, at), 64)).code, `cut at ${at}`).toBe(554);
  }
  expect(taken).toBe(0);
});

async function* arriving(blocks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* blocks;
}

test.each([
  ['that nobody asked for', () => 'AAAAbbbb0000-_-_AAAAbbbb'],
  [
    'that was asked for an hour ago',
    (probes: Probes, clock: { ms: number }) => {
      const nonce = probes.issue('ada-pairing', ADA);
      clock.ms = PROBE_MS + 1;
      return nonce;
    },
  ],
  [
    'that a hundred others came after',
    (probes: Probes) => {
      const nonce = probes.issue('ada-pairing', ADA);
      for (let other = 0; other < 100; other += 1) probes.issue('ada-pairing', ADA);
      return nonce;
    },
  ],
])('a probe %s is refused, and nothing of it is sent', async (_what, nonceOf) => {
  const clock = { ms: 0 };
  const probes = probesFor(undefined, () => clock.ms);
  const nonce = nonceOf(probes, clock);
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${probe(nonce)} ${UNEXPECTED} ${LEFT}`,
    probes: probes.inboxOf('home'),
  });
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('a probe that comes a second time is refused', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${probe(nonce)} ${SWALLOWED} ${probe(nonce)} ${UNEXPECTED} ${LEFT}`,
    probes: probes.inboxOf('home'),
  });
});

test('a probe that came from somebody else first is good for nobody', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  const forged = probe(nonce, { mail: '<eve@example.org>' });
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${forged} ${UNEXPECTED} ${probe(nonce)} ${UNEXPECTED} ${LEFT}`,
    probes: probes.inboxOf('home'),
  });
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('a proxy that nobody can ask anything refuses every probe', async () => {
  await relayed({
    tls: 'implicit',
    server: NOTHING_HEARD,
    mailProgram: `${greeted()} ${probe('AAAAbbbb0000-_-_')} ${UNEXPECTED} ${LEFT}`,
  });
});

test('one paired profile cannot make the proxy forget the probes of another', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  for (let other = 0; other < 1000; other += 1) probes.issue('eve-pairing', ADA);
  expect(probes.inboxOf('home').take({ nonce, address: ADA.address, connectedMs: 0 })).toBe(true);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toMatchObject({ kind: 'through-proxy' });
});

test('a probe that comes while its outcome is waited for is told at once', async () => {
  const probes = new Probes({ accounts: () => [HOME], arrivalMs: 15_000 });
  const nonce = probes.issue('ada-pairing', ADA);
  const outcome = probes.outcomeOf('ada-pairing', nonce);
  probes.inboxOf('home').take({ nonce, address: ADA.address, connectedMs: performance.now() });
  expect(await outcome).toMatchObject({ kind: 'through-proxy', account: 'home' });
});

test('a probe over a connection from before tells nothing of the way now', async () => {
  const probes = probesFor(HOME, () => 1000);
  const nonce = probes.issue('ada-pairing', ADA);
  const arrived = { nonce, address: ADA.address, connectedMs: 999 };
  expect(probes.inboxOf('home').take(arrived)).toBe(true);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('a probe that comes after its outcome was told is no letter either', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
  expect(probes.inboxOf('home').take({ nonce, address: ADA.address, connectedMs: 0 })).toBe(true);
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('what came through a listener that is no more says nothing of the way now', async () => {
  const home = { ...HOME, listener: { port: 1, isListening: true } };
  const probes = probesFor(home);
  const nonce = probes.issue('ada-pairing', ADA);
  probes.inboxOf('home').take({ nonce, address: ADA.address, connectedMs: 0 });
  home.listener.isListening = false;
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test('what came through an account that is not served says nothing', async () => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', ADA);
  probes.inboxOf('office').take({ nonce, address: ADA.address, connectedMs: 0 });
  expect(await probes.outcomeOf('ada-pairing', nonce)).toEqual(NOT_SEEN);
});

test.each([
  ['ada@EXAMPLE.org', 'ada@example.org', true],
  ['ada@xn--exmple-cua.org', 'ada@exämple.org', true],
  ['ada@ex\u00c3\u00a4mple.org', 'ada@exämple.org', true],
  ['Ada@example.org', 'ada@example.org', false],
  ['ada@example.org.', 'ada@example.org', false],
  ['ada@[127.0.0.1]', 'ada@[127.0.0.2]', false],
  ['@example.org', 'ada@example.org', false],
  ['', 'ada@example.org', false],
])('RFC 5321 §2.4: a probe from %j for %s: %s', (octets, address, isHis) => {
  const probes = probesFor();
  const nonce = probes.issue('ada-pairing', { address });
  expect(probes.inboxOf('home').take({ nonce, address: octets, connectedMs: 0 })).toBe(isHis);
});
