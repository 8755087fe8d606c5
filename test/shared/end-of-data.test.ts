import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EndOfData } from '../../proxy/submission/end-of-data.ts';
import { anyOctets, anyPlaces, cut, everyPlace, framingOctets } from './octets.ts';

type Found = {
  readonly content: string;
  /** What follows the final dot; undefined when there was none. */
  readonly rest: string | undefined;
  /** The first fault, in words. */
  readonly fault: string | undefined;
};

function found(chunks: readonly Buffer[]): Found {
  const end = new EndOfData();
  let content = '';
  let rest: string | undefined;
  let fault: string | undefined;
  for (const chunk of chunks) {
    if (rest !== undefined) {
      rest += chunk.toString('latin1');
      continue;
    }
    const fed = end.feed(chunk);
    content += fed.content.toString('latin1');
    rest = fed.rest?.toString('latin1');
    fault ??= fed.fault;
  }
  return { content, rest, fault };
}

const whole = (octets: string) => found(cut(octets, []));
const octetByOctet = (octets: string) => found(cut(octets, everyPlace(octets)));

const BARE_CR = 'a carriage return without line feed';
const BARE_LF = 'a line feed without carriage return';
const NUL = 'a NUL octet';

test.each([
  ['a message', 'Subject: a\r\n\r\nb\r\n', ''],
  ['an empty message', '', ''],
  ['an empty line', '\r\n', ''],
  ['a stuffed lone dot', 'a\r\n..\r\n', ''],
  ['a stuffed lone dot at the start', '..\r\n', ''],
  ['a stuffed line', 'a\r\n..x\r\n', ''],
  ['a line that ought to be stuffed', 'a\r\n.x\r\n', ''],
  ['a dot and a blank', 'a\r\n. \r\n', ''],
  ['a line that ends in a dot', 'a.\r\n', ''],
  ['8-bit octets', '\u0080\u00ff\u00c3\u00a9\r\n', ''],
  ['a pipelined QUIT', 'a\r\n', 'QUIT\r\n'],
  ['a second message pipelined', 'a\r\n', 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nb\r\n.\r\n'],
  ['a second final dot', 'a\r\n', '.\r\n'],
])('RFC 5321 §4.1.1.4: %s ends at CRLF.CRLF and nowhere else', (_, content, rest) => {
  const expected = { content, rest, fault: undefined };
  expect(whole(`${content}.\r\n${rest}`)).toEqual(expected);
  expect(octetByOctet(`${content}.\r\n${rest}`), 'one octet at a time').toEqual(expected);
});

test.each([
  ['\n.\n', BARE_LF],
  ['\n.\r\n', BARE_LF],
  ['\r\n.\n', BARE_LF],
  ['\r.\r', BARE_CR],
  ['\r.\r\n', BARE_CR],
  ['\r\n.\r', BARE_CR],
  ['\r.\n', BARE_CR],
  ['\n.\r', BARE_LF],
  ['\r\n.\r\r\n', BARE_CR],
  ['\r\r\n.\r\r\n', BARE_CR],
  ['\r\n.\0\r\n', NUL],
  ['\r\n\0.\r\n', NUL],
  ['\0\r\n\0.\r\0\n', NUL],
])('CVE-2023-51764: %j ends no message and is a fault', (lookAlike, fault) => {
  const smuggled = 'MAIL FROM:<admin@example.org>\r\n';
  const content = `a${lookAlike}${smuggled}`;
  const expected = { content, rest: 'QUIT\r\n', fault };
  expect(whole(`${content}.\r\nQUIT\r\n`)).toEqual(expected);
  expect(octetByOctet(`${content}.\r\nQUIT\r\n`), 'one octet at a time').toEqual(expected);
});

test.each([
  ['at the start', '\n.\r\n', BARE_LF],
  ['at the start, behind CR', '\r.\r\n', BARE_CR],
  ['before a true end', 'a\r\r\n.\r\n', BARE_CR],
  ['as the last octet before a true end', 'a\0\r\n.\r\n', NUL],
])('a fault %s is told, however the octets arrive', (_, octets, fault) => {
  expect(whole(octets).fault).toBe(fault);
  expect(octetByOctet(octets).fault).toBe(fault);
});

test('the end of data is where RFC 5321 §4.1.1.4 puts it, and faults are where they are', () => {
  fc.assert(
    fc.property(fc.oneof(framingOctets, anyOctets), (octets) => {
      const { content, rest, fault } = whole(`${octets}\r\n.\r\n`);
      const at = /(?:^|\r\n)\.\r\n/.exec(`${octets}\r\n.\r\n`);
      const contentEnd = (at?.index ?? 0) + (at?.[0].length ?? 0) - '.\r\n'.length;
      expect(content).toBe(`${octets}\r\n`.slice(0, contentEnd));
      expect(`${content}.\r\n${rest}`, 'no octet is lost').toBe(`${octets}\r\n.\r\n`);
      // eslint-disable-next-line no-control-regex -- NUL is what this is about
      expect(fault !== undefined).toBe(/\r(?!\n)|(?<!\r)\n|\0/.test(content));
    }),
    { numRuns: 1000 },
  );
});

test('however the octets are cut into segments, the same is found', () => {
  fc.assert(
    fc.property(fc.oneof(framingOctets, anyOctets), anyPlaces, (octets, places) => {
      const message = `${octets}\r\n.\r\nQUIT\r\n`;
      expect(found(cut(message, places))).toEqual(whole(message));
      expect(octetByOctet(message)).toEqual(whole(message));
    }),
    { numRuns: 500 },
  );
});

test('without a final dot there is no end, and no octet but the possible dot is held back', () => {
  fc.assert(
    fc.property(framingOctets, (octets) => {
      if (/(?:^|\r\n)\.\r\n/.test(octets)) return;
      const { content, rest } = whole(octets);
      expect(rest).toBeUndefined();
      expect(content + (/(?:^|\r\n)(\.\r?)$/.exec(octets)?.[1] ?? '')).toBe(octets);
    }),
  );
});

test.each([998, 999, 2048, 1024 * 1024, 5 * 1024 * 1024])(
  'a line of %i octets passes whole',
  (length) => {
    const content = `${'x'.repeat(length)}\r\n`;
    const segments = cut(`${content}.\r\n`, [65_536, 131_072, length, length + 1, length + 3]);
    expect(found(segments)).toEqual({ content, rest: '', fault: undefined });
  },
);
