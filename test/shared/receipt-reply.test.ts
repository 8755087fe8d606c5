import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { receiptReply } from '../../shared/submission/receipt-reply.ts';

test.each([
  [
    'as it was written',
    '<grace@example.net>',
    '<grace@example.net>: User unknown',
    '<…@example.net>: User unknown',
  ],
  [
    'without brackets',
    '<grace@example.net>',
    'no grace@example.net here',
    'no <…@example.net> here',
  ],
  [
    'at the end of a sentence',
    '<grace@example.net>',
    'I do not know grace@example.net.',
    'I do not know <…@example.net>.',
  ],
  [
    'in another letter case',
    '<grace@example.net>',
    '<GRACE@Example.NET> unknown',
    '<…@Example.NET> unknown',
  ],
  ['in quotes', '<"grace h"@example.net>', 'no "grace h"@example.net', 'no <…@example.net>'],
  ['without its quotes', '<"grace h"@example.net>', 'no such user: grace h', 'no such user: …'],
  [
    'with a quoted character',
    String.raw`<"gr\ace"@example.net>`,
    'no such user: grace',
    'no such user: …',
  ],
  [
    'quoted by the server',
    '<grace@example.net>',
    '"grace"@example.net refused',
    '<…@example.net> refused',
  ],
  ['by its local part alone', '<grace@example.net>', 'grace... User unknown', '…... User unknown'],
  [
    'without what follows the plus sign',
    '<grace+lists@example.net>',
    'Grace: User unknown',
    '…: User unknown',
  ],
  ['with it', '<grace+lists@example.net>', 'grace+lists: User unknown', '…: User unknown'],
  [
    'as an alias leads to it',
    '<grace@example.net>',
    '<g.hopper@corp.example> is full',
    '<…@corp.example> is full',
  ],
  [
    'with the domain in Unicode',
    '<grace@xn--bcher-kva.example>',
    '<grace@bücher.example> no',
    '<…@bücher.example> no',
  ],
  [
    'with a local part in Unicode',
    '<ΓΡΑΙΑ@example.net>',
    '<γραια@example.net> γραια',
    '<…@example.net> …',
  ],
  ['with a domain literal', '<grace@[192.0.2.1]>', 'grace@[192.0.2.1] no', '<…@[192.0.2.1]> no'],
  ['behind a source route', '<@relay.example:grace@example.net>', 'grace unknown', '… unknown'],
  [
    'in a link',
    '<grace@example.net>',
    'see https://h.example/?u=grace%40example.net',
    'see https://h.example/?u=…%40example.net',
  ],
  [
    'in the address of a bounce',
    '<grace@example.net>',
    'bounce+grace=example.net@lists.example',
    '<…@lists.example>',
  ],
  ['with marks of a pattern', '<g.*(r)@example.net>', 'no g.*(r) here', 'no … here'],
  ['as postmaster without a domain', '<postmaster>', 'postmaster is away', '… is away'],
])(
  'a server that names the recipient %s leaves no local part in the receipt',
  (_how, path, text, kept) => {
    expect(textKept(text, path)).toBe(kept);
  },
);

test('what is not an address stays, also where a recipient is a part of a word', () => {
  expect(textKept('2.0.0 Ok: queued as 4711', '<grace@example.net>')).toBe(
    '2.0.0 Ok: queued as 4711',
  );
  expect(textKept('a graceful degree of disgrace', '<grace@example.net>')).toBe(
    'a graceful degree of disgrace',
  );
});

test('each of a thousand recipients is taken out', () => {
  const paths = Array.from({ length: 1000 }, (_, at) => `<user${at}@example.net>`);
  const kept = textKept('user7 and USER999, user70@example.net', ...paths);
  expect(kept).toBe('… and …, <…@example.net>');
});

test('no more than the start of a long reply is kept, and no half address', () => {
  for (let before = 470; before < 510; before += 1) {
    const kept = textKept(`${'x'.repeat(before)} grace@example.net`, '<ada@example.org>');
    expect(kept.length).toBeLessThanOrEqual(500);
    expect(kept).not.toContain('gra');
  }
  const alias = `${'z'.repeat(390)}@x.example `; // shrinks, so that the end of what is read is kept
  for (let before = 3500; before < 4500; before += 7) {
    expect(textKept(alias.repeat(20).slice(-before), '<ada@example.org>')).not.toContain('zz');
  }
});

test('a reply cannot steer a terminal that shows its receipt', () => {
  const kept = textKept('\u001b[2Jcleared\r\n\u202etxet\u009b1m', '<grace@example.net>');
  expect(kept).toBe('?[2Jcleared???txet?1m');
});

test('whatever a server writes around it, a recipient’s address is not kept', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), fc.string({ maxLength: 100 }), (before, after) => {
      const kept = textKept(`${before} <kordelia@example.net> ${after}`, '<kordelia@example.net>');
      expect(kept.toLowerCase()).not.toContain('kordelia');
    }),
  );
});

test('of a reply without end only the beginning is looked at', () => {
  const alias = `${'z'.repeat(389)}@x.example `; // 400 characters, of which 15 are kept
  const kept = textKept(alias.repeat(200), '<grace@example.net>');
  expect(kept).toBe(`${'<…@x.example> '.repeat(9)}…`);
});

test.each(['"', '<"\\', 'a@', 'a'])(
  'a server that writes nothing but %j, which may begin an address, holds nobody up',
  (sign) => {
    // Should each be looked at from each, it takes longer than the runner lets a test.
    expect(textKept(sign.repeat(200_000), '<grace@example.net>')).toBe('…');
  },
);

function textKept(text: string, ...recipients: readonly string[]): string {
  return receiptReply({ code: 550, enhancedCode: '5.1.1', text }, recipients).text;
}
