import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  receiptEventFrom,
  receiptLine,
  receiptText,
} from '../../shared/submission/receipt-line.ts';
import {
  domainsOf,
  receiptAfter,
  type Outcome,
  type Receipt,
  type ReceiptEvent,
} from '../../shared/submission/receipt.ts';
import { receiptSentence } from '../../shared/submission/receipt-sentence.ts';

const TAKEN = { code: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 4711' };

const OFFERED: ReceiptEvent = {
  version: 1,
  event: 'offered',
  id: 'abc',
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
};

const REFUSED: ReceiptEvent = {
  ...OFFERED,
  event: 'refused',
  reply: { code: 550, enhancedCode: '5.7.30', text: 'REQUIRETLS support required' },
};

test('what is written down is read back as it was', () => {
  for (const event of [OFFERED, REFUSED, answered('relayed'), answered('unknown')]) {
    const line = receiptLine(event);
    expect(line.endsWith('\n')).toBe(true);
    expect(receiptEventFrom(line.slice(0, -1))).toEqual(event);
  }
});

test('a message without a Message-ID, a marker and a session has a receipt too', () => {
  const event: ReceiptEvent = {
    ...REFUSED,
    messageId: undefined,
    markerId: undefined,
    requirement: undefined,
    by: undefined,
    tls: undefined,
    requireTlsOffered: undefined,
    adding: undefined,
  };
  expect(receiptEventFrom(receiptLine(event).trim())).toEqual(event);
});

test('half a line is no receipt, wherever it was torn', () => {
  const line = receiptLine(OFFERED).trim();
  for (let octets = 1; octets < line.length; octets += 1) {
    expect(receiptEventFrom(line.slice(0, octets))).toBeUndefined();
    expect(receiptEventFrom(line.slice(0, octets) + line)).toBeUndefined();
  }
});

test.each([
  ['another version', { ...OFFERED, version: 2 }],
  ['an event that does not exist', { ...OFFERED, event: 'delivered' }],
  ['an outcome that does not exist', { ...answered('relayed'), outcome: 'awaited' }],
  ['no id', { ...OFFERED, id: undefined }],
  ['a number for an address', { ...OFFERED, sender: 7 }],
  ['a time in words', { ...OFFERED, time: 'yesterday' }],
  ['a fraction of a recipient', { ...OFFERED, recipients: 0.5 }],
  ['a requirement that does not exist', { ...OFFERED, requirement: 'off' }],
  ['an escape sequence', { ...OFFERED, server: '\u001b[2J' }],
  ['a line break in a text', { ...answered('relayed'), reply: { ...TAKEN, text: 'a\nb' } }],
  ['a text that is read from right to left', { ...OFFERED, sender: '\u202egro' }],
  ['a text without end', { ...OFFERED, sender: 'a'.repeat(2000) }],
  ['a list without end', { ...OFFERED, domains: Array.from({ length: 500 }, () => 'a') }],
  ['no reply to a refusal', { ...REFUSED, reply: undefined }],
  ['a list', [OFFERED]],
  ['nothing', null],
])('a line with %s is no receipt', (_what, value) => {
  expect(receiptEventFrom(JSON.stringify(value))).toBeUndefined();
});

test('any text from outside, once made fit, is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1200 }), (text) => {
      const event = { ...OFFERED, sender: receiptText(text), messageId: receiptText(text) };
      const line = receiptLine(event).trim();
      expect(line).not.toContain('\n');
      expect(receiptEventFrom(line)).toEqual(event);
    }),
  );
});

test('a message that was offered and not answered is awaited', () => {
  expect(folded(OFFERED)).toMatchObject({ outcome: 'awaited', reply: undefined });
});

test('an answer settles what was offered', () => {
  expect(folded(OFFERED, answered('relayed'))).toMatchObject({
    outcome: 'relayed',
    reply: TAKEN,
    time: OFFERED.time,
    sender: 'ada@example.org',
  });
});

test.each(['relayed', 'refused'] as const)(
  'an answer that comes late corrects unknown: %s',
  (outcome) => {
    expect(folded(OFFERED, answered('unknown'), answered(outcome))?.outcome).toBe(outcome);
  },
);

test.each(['relayed', 'refused'] as const)(
  'unknown takes back nothing that is known: %s',
  (outcome) => {
    expect(folded(OFFERED, answered(outcome), answered('unknown'))?.outcome).toBe(outcome);
  },
);

test('a line that was carried over into another file takes no answer back', () => {
  expect(folded(OFFERED, answered('relayed'), OFFERED)?.outcome).toBe('relayed');
});

test('a message whose receipt could not be written before the dot is refused', () => {
  expect(folded(OFFERED, REFUSED)).toMatchObject({ outcome: 'refused', reply: REFUSED.reply });
});

test('an answer to what was never offered makes no receipt', () => {
  expect(folded(answered('relayed'))).toBeUndefined();
});

test('of recipients only the domains are kept, once each', () => {
  expect(
    domainsOf([
      '<grace@Example.NET>',
      '<"a@b"@example.net>',
      '<@relay.example:joe@xn--bcher-kva.example>',
      '<root@[192.0.2.1]>',
      '<postmaster>',
    ]),
  ).toEqual(['example.net', 'xn--bcher-kva.example', '[192.0.2.1]']);
});

test('a thousand domains do not make a line without end', () => {
  const paths = Array.from({ length: 1000 }, (_, at) => `<a@d${at}.${'x'.repeat(240)}.example>`);
  const event = { ...OFFERED, recipients: 1000, domains: domainsOf(paths) };
  expect(receiptEventFrom(receiptLine(event).trim())).toEqual(event);
});

test.each<[string, Partial<Receipt>, string]>([
  [
    'sent with REQUIRETLS',
    { outcome: 'relayed', reply: TAKEN },
    'ada@example.org to example.net: sent over TLS 1.3 with REQUIRETLS, and smtp.example.net took it (Ok: queued as 4711).',
  ],
  [
    'sent as it was',
    { outcome: 'relayed', reply: TAKEN, adding: 'nothing', recipients: 2 },
    'ada@example.org to 2 recipients at example.net: sent over TLS 1.3, and smtp.example.net took it (Ok: queued as 4711).',
  ],
  [
    'refused before there was a session',
    {
      outcome: 'refused',
      tls: undefined,
      adding: undefined,
      reply: { code: 550, enhancedCode: '5.7.30', text: 'REQUIRETLS support required: no.' },
    },
    'ada@example.org to example.net: not sent. REQUIRETLS support required: no.',
  ],
  [
    'unknown',
    {
      outcome: 'unknown',
      domains: ['a.example', 'b.example', 'c.example', 'd.example'],
      recipients: 9,
    },
    'ada@example.org to 9 recipients at a.example, b.example, c.example, others: may have been sent over TLS 1.3 with REQUIRETLS. smtp.example.net had all of it, and its answer did not come. Check before you send it again.',
  ],
  [
    'awaited, from nobody to a postmaster',
    { outcome: 'awaited', sender: '', domains: [], adding: 'TLS-Required: No' },
    'An empty sender to one recipient: being sent over TLS 1.3 with TLS-Required: No. smtp.example.net has all of it or is about to, and has not answered yet.',
  ],
])('a receipt is one plain sentence: %s', (_what, more, sentence) => {
  const receipt = folded(OFFERED);
  if (receipt === undefined) throw new Error('an offered message has no receipt');
  expect(receiptSentence({ ...receipt, ...more })).toBe(sentence);
});

function answered(outcome: Outcome): ReceiptEvent {
  return {
    version: 1,
    event: 'answered',
    id: 'abc',
    time: '2026-11-22T01:35:08.000Z',
    outcome,
    reply: outcome === 'unknown' ? undefined : TAKEN,
  };
}

function folded(...events: readonly ReceiptEvent[]): Receipt | undefined {
  return events.reduce<Receipt | undefined>(receiptAfter, undefined);
}
