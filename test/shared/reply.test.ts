import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MAX_REPLY_LINES,
  MAX_REPLY_OCTETS,
  SmtpReply,
  takeReply,
} from '../../shared/submission/reply.ts';
import { anyOctets, lineOctets } from './octets.ts';

/** Replies as servers give them: the class of the enhanced code is the reply's. */
const replies = fc
  .record({
    codes: fc.oneof(
      fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(99), fc.nat(999), fc.nat(999)),
      fc.tuple(fc.constantFrom(2, 3, 4, 5), fc.nat(99)),
    ),
    lines: fc.array(lineOctets, { minLength: 1, maxLength: 5 }),
  })
  .map(({ codes: [digit, rest, ...enhanced], lines: [first = '', ...others] }) => {
    const enhancedCode = enhanced.length === 0 ? '' : [digit, ...enhanced].join('.');
    // Without an enhanced code, a text must not begin like one.
    const text = enhancedCode === '' ? first.replace(/^[^A-Za-z]+/, '') : first;
    return new SmtpReply(digit * 100 + rest, enhancedCode, [text, ...others]);
  });

function taken(octets: string): SmtpReply {
  const result = takeReply(octets);
  if (result.kind !== 'reply') throw new Error(`${result.kind}: ${JSON.stringify(octets)}`);
  return result.reply;
}

test.each([
  // RFC 5321 §4.2.1 and §D.1
  [
    '250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n250 The last line\r\n',
    250,
    '',
    'First line Second line 234 Text beginning with numbers The last line',
  ],
  [
    '220 xyz.com Simple Mail Transfer Service Ready\r\n',
    220,
    '',
    'xyz.com Simple Mail Transfer Service Ready',
  ],
  [
    '354 Start mail input; end with <CRLF>.<CRLF>\r\n',
    354,
    '',
    'Start mail input; end with <CRLF>.<CRLF>',
  ],
  // RFC 2034 §4
  ['550-5.7.1 Relaying\r\n550 5.7.1 denied\r\n', 550, '5.7.1', 'Relaying denied'],
  ['250-2.0.0 one\r\n250 two\r\n', 250, '2.0.0', 'one two'],
  ['250 2.0.0\r\n', 250, '2.0.0', ''],
  ['250\r\n', 250, '', ''],
  ['250 \r\n', 250, '', ''],
  ['550 2.0.0 of another class\r\n', 550, '', '2.0.0 of another class'],
  ['550 5.7.1.9 no code\r\n', 550, '', '5.7.1.9 no code'],
  ['354 3.0.0 no class of RFC 3463\r\n', 354, '', '3.0.0 no class of RFC 3463'],
  ['250 a\ttab\r\n', 250, '', 'a tab'],
] as const)('RFC 5321 §4.2: %j is a reply', (octets, code, enhancedCode, text) => {
  expect(takeReply(octets)).toMatchObject({ kind: 'reply', rest: '' });
  const { code: takenCode, enhancedCode: takenEnhancedCode, text: takenText } = taken(octets);
  expect([takenCode, takenEnhancedCode, takenText]).toEqual([code, enhancedCode, text]);
});

test('RFC 2034 §4: what a reply to EHLO says is left as sent, for it carries no enhanced codes', () => {
  const { asSent, lines } = taken('250-2.0.0 mx\r\n250-2.0.0 SIZE\r\n250  DSN \r\n');
  expect(asSent).toEqual(['2.0.0 mx', '2.0.0 SIZE', ' DSN ']);
  expect(lines).toEqual(['mx', 'SIZE', 'DSN']);
});

test.each([
  ['two digits', '25\r\n'],
  ['two digits and text', '25 ok\r\n'],
  ['four digits', '2500 ok\r\n'],
  ['a letter', '25x ok\r\n'],
  ['other signs', '2!! ok\r\n'],
  ['a first digit of 1', '150 ok\r\n'],
  ['a first digit of 6', '650 ok\r\n'],
  ['no code', 'ok\r\n'],
  ['nothing', '\r\n'],
  ['a blank before the code', ' 250 ok\r\n'],
  ['a byte-order mark', '\u00ef\u00bb\u00bf250 ok\r\n'],
  ['another separator', '250_ok\r\n'],
  ['a tab for the blank', '250\tok\r\n'],
  ['a bare LF and a second reply', '250 ok\n550 no\r\n'],
  ['a bare CR and a second reply', '250 ok\r550 no\r\n'],
  ['a NUL', '250 o\0k\r\n'],
  ['an escape sequence', '250 \u001b[2Jok\r\n'],
  ['a BEL in the middle of several lines', '250-one\r\n250-t\u0007wo\r\n250 three\r\n'],
  ['a DEL', '250 ok\u007f\r\n'],
  ['another code on the next line', '250-one\r\n550 two\r\n'],
  ['text without code on the next line', '250-one\r\ntwo\r\n'],
  ['an answer to HTTP', 'HTTP/1.1 200 OK\r\n'],
])('RFC 5321 §4.2: with %s it is no reply', (_, octets) => {
  expect(takeReply(octets)).toMatchObject({ kind: 'malformed' });
});

test('a reply that goes over the wire is taken off as the same reply, with what follows it', () => {
  fc.assert(
    fc.property(replies, anyOctets, (reply, rest) => {
      expect(takeReply(reply.toWire() + rest)).toEqual({ kind: 'reply', reply, rest });
    }),
  );
});

test('no beginning of a reply is taken for a whole one', () => {
  fc.assert(
    fc.property(replies, (reply) => {
      const wire = reply.toWire();
      for (let end = 0; end < wire.length; end += 1) {
        expect(takeReply(wire.slice(0, end))).toEqual({ kind: 'incomplete' });
      }
    }),
  );
});

test('no octets are taken for a reply unless its lines stand there, each with the code', () => {
  const nearReplies = fc
    .array(fc.constantFrom('250', '550', '-', ' ', '\r\n', '\r', '\n', 'x', '2.0.0', '\0'))
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.oneof(nearReplies, anyOctets), (octets) => {
      const result = takeReply(octets);
      if (result.kind !== 'reply') return;
      const lines = octets.slice(0, octets.length - result.rest.length);
      const { code } = result.reply;
      expect(lines).toMatch(new RegExp(`^(${code}-[^\r\n]*\r\n)*${code}( [^\r\n]*)?\r\n$`));
    }),
  );
});

test.each([
  ['a line without end', `250 ${'x'.repeat(MAX_REPLY_OCTETS)}`],
  ['a line of 8 MB', `250 ${'x'.repeat(8 * 1024 * 1024)}\r\n`],
  ['one line too many', '250-x\r\n'.repeat(MAX_REPLY_LINES)],
  ['lines without end', '250-x\r\n'.repeat(100_000)],
  ['long lines', `250-${'x'.repeat(1000)}\r\n`.repeat(66)],
])('%s is no reply, and nothing more is waited for', (_, octets) => {
  expect(takeReply(octets)).toEqual({ kind: 'malformed', why: 'a reply without end' });
});

test('a reply of as many lines as are allowed is one', () => {
  const octets = `${'250-x\r\n'.repeat(MAX_REPLY_LINES - 1)}250 x\r\n`;
  expect(taken(octets).lines).toHaveLength(MAX_REPLY_LINES);
});

test('RFC 5321 §4.2.1: the first digit says whether it is done, and whether to try again', () => {
  const classes = [250, 251, 354, 421, 452, 500, 554].map((code) => {
    const { isPositive, isTransient } = new SmtpReply(code, '', '');
    return [code, isPositive, isTransient];
  });
  expect(classes).toEqual([
    [250, true, false],
    [251, true, false],
    [354, false, false],
    [421, false, true],
    [452, false, true],
    [500, false, false],
    [554, false, false],
  ]);
});

test('no text can forge a second reply on the wire', () => {
  const texts = fc.oneof(
    anyOctets,
    fc.string({ unit: 'binary' }),
    fc.constant('\u010d\u010a250 ok'),
  );
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 3 }), (lines) => {
      const wire = Buffer.from(new SmtpReply(550, '5.7.1', lines).toWire(), 'latin1').toString(
        'latin1',
      );
      expect(wire).toMatch(/^(550-5\.7\.1[^\r\n]*\r\n)*550 5\.7\.1[^\r\n]*\r\n$/);
      // eslint-disable-next-line no-control-regex -- they are what this is about
      expect(wire).not.toMatch(/(?!\r\n)[\u0000-\u001f\u007f](?<!\r\n)/);
    }),
  );
});

test('a character outside of octets is shown as a question mark, and those of UTF-8 stay', () => {
  const utf8 = Buffer.from('Größe', 'utf8').toString('latin1');
  expect(String(new SmtpReply(550, '', `č ${utf8}`))).toBe(`550 ? ${utf8}`);
});

test('a reply without text is still a reply', () => {
  expect(new SmtpReply(250, '', []).toWire()).toBe('250 \r\n');
  expect(new SmtpReply(250, '2.0.0', '').toWire()).toBe('250 2.0.0\r\n');
});

test('RFC 5321 §4.5.3.1.5: a long text goes in lines of at most 512 octets, whole', () => {
  const words = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 });
  fc.assert(
    fc.property(words, (lengths) => {
      const reply = new SmtpReply(
        550,
        '5.1.1',
        lengths.map((length) => 'x'.repeat(length)).join(' '),
      );
      const wire = reply.toWire();
      for (const line of wire.split(/(?<=\r\n)/)) expect(line.length).toBeLessThanOrEqual(512);
      expect(taken(wire).text.replaceAll(' ', '')).toBe(reply.text.replaceAll(' ', ''));
    }),
  );
});

test('RFC 5321 §4.5.3.1.5: a long text breaks between words, and never inside a character', () => {
  const [first = '', second] = taken(
    new SmtpReply(550, '', `${'a'.repeat(300)} ${'b'.repeat(300)}`).toWire(),
  ).lines;
  expect([first.length, second?.length]).toEqual([300, 300]);

  const euro = Buffer.from('€'.repeat(400), 'utf8').toString('latin1');
  for (const line of taken(new SmtpReply(550, '', euro).toWire()).lines) {
    expect(Buffer.from(line, 'latin1').toString('utf8')).toMatch(/^€+$/);
  }
});

test('a text that ends in an octet which is a blank elsewhere keeps it', () => {
  const text = Buffer.from('voilà', 'utf8').toString('latin1');
  expect(taken(`550 5.7.1 ${text}\r\n`).text).toBe(text);
});
