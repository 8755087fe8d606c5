import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ehloKeywords,
  mirroredExtensions,
  offeredMechanisms,
  offersRequireTls,
  passedMechanisms,
  sizeLimitOctets,
} from '../../shared/submission/ehlo.ts';

const offering = (...lines: readonly string[]) => ehloKeywords(['smtp.example.net', ...lines]);

test('RFC 5321 §D.1: the keywords of an EHLO reply', () => {
  const keywords = ehloKeywords(['foo.com greets bar.com', '8BITMIME', 'SIZE', 'DSN', 'HELP']);
  expect([...keywords.keys()]).toEqual(['8BITMIME', 'SIZE', 'DSN', 'HELP']);
});

test.each(['REQUIRETLS', 'requiretls', 'RequireTLS', 'REQUIRETLS foo', 'REQUIRETLS '])(
  'RFC 8689 §2: %j is an offer',
  (line) => {
    expect(offersRequireTls(offering('SIZE', line))).toBe(true);
    expect(offersRequireTls(offering(line, 'SIZE'))).toBe(true);
  },
);

test.each([
  'X-REQUIRETLS',
  'NO-REQUIRETLS',
  'REQUIRETLS-BETA',
  'REQUIRETLS2',
  'REQUIRETLS=yes',
  'REQUIRETLS,SIZE',
  'REQUIRETLS\tfoo',
  'REQUIRETLS\0',
  'REQUIRETLS\u00a0',
  '\u00ef\u00bb\u00bfREQUIRETLS',
  ' REQUIRETLS',
  '-REQUIRETLS',
  '5.7.30 REQUIRETLS',
  'LIMITS REQUIRETLS',
  'AUTH PLAIN REQUIRETLS',
  'AUTH=REQUIRETLS',
  'SIZE 1000 REQUIRETLS',
  'smtp.example.net has no REQUIRETLS',
  'REQUIRE TLS',
  'REQUIRETL\u017f',
  'STARTTLS',
  '',
])('RFC 8689 §2: %j is no offer', (line) => {
  expect(offersRequireTls(offering(line))).toBe(false);
});

test.each([
  [['REQUIRETLS']],
  [['REQUIRETLS greets you']],
  [['smtp.example.net REQUIRETLS', 'SIZE']],
  [[]],
])('RFC 5321 §4.1.1.1: the greeting line of %j names no extension', (lines) => {
  expect(offersRequireTls(ehloKeywords(lines))).toBe(false);
});

test('RFC 5321 §4.1.1.1: nothing in a greeting line ever becomes a keyword', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string()), (greeting, lines) => {
      expect(ehloKeywords([greeting, ...lines])).toEqual(ehloKeywords(['', ...lines]));
      expect(ehloKeywords([greeting]).size).toBe(0);
    }),
  );
});

test('only the first word of a line is a keyword', () => {
  const words = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,8}$/);
  fc.assert(
    fc.property(fc.array(fc.array(words, { minLength: 1, maxLength: 4 })), (lines) => {
      const keywords = offering(...lines.map((line) => line.join(' ')));
      expect([...keywords.keys()].toSorted()).toEqual(
        [...new Set(lines.map(([first = '']) => first.toUpperCase()))].toSorted(),
      );
    }),
  );
});

test('parameters stay as written, and those of a repeated keyword are joined', () => {
  const keywords = offering('Auth  Plain login ', 'x-thing a=B', 'AUTH XOAUTH2');
  expect([...keywords]).toEqual([
    ['AUTH', 'Plain login XOAUTH2'],
    ['X-THING', 'a=B'],
  ]);
});

test('RFC 4954 §3: only the mechanisms that the proxy can carry are passed on', () => {
  const keywords = offering('AUTH SCRAM-SHA-256 xoauth2 GSSAPI plain PLAIN-CLIENTTOKEN');
  expect(offeredMechanisms(keywords)).toEqual([
    'SCRAM-SHA-256',
    'XOAUTH2',
    'GSSAPI',
    'PLAIN',
    'PLAIN-CLIENTTOKEN',
  ]);
  expect(passedMechanisms(keywords)).toEqual(['PLAIN', 'XOAUTH2']);
});

test('RFC 4954 §3: the old spelling with an equals sign offers no mechanism', () => {
  expect(offeredMechanisms(offering('AUTH=PLAIN LOGIN'))).toEqual([]);
  expect(offeredMechanisms(offering('SIZE'))).toEqual([]);
});

test('a server that offers nothing is mirrored with PIPELINING alone', () => {
  expect(mirroredExtensions(offering(), false)).toEqual(['PIPELINING']);
});

test('what a server offers is mirrored, except what the proxy does not speak', () => {
  const everything = offering(
    'PIPELINING',
    'SIZE 35882577',
    'ETRN',
    'STARTTLS',
    'AUTH PLAIN LOGIN CRAM-MD5',
    'AUTH=PLAIN',
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'DSN',
    'SMTPUTF8',
    'CHUNKING',
    'BINARYMIME',
    'LIMITS RCPTMAX=100',
    'DELIVERBY 3600',
    'REQUIRETLS',
    'VRFY',
    'HELP',
  );
  expect(mirroredExtensions(everything, false)).toEqual([
    'PIPELINING',
    'SIZE 35882577',
    '8BITMIME',
    'SMTPUTF8',
    'DSN',
    'AUTH PLAIN LOGIN',
  ]);
});

test.each([
  [['AUTH GSSAPI'], ['PIPELINING']],
  [['SIZE'], ['PIPELINING', 'SIZE']],
  [['SIZE 0'], ['PIPELINING', 'SIZE 0']],
  [['SIZE many'], ['PIPELINING', 'SIZE']],
  [['SIZE 10 REQUIRETLS'], ['PIPELINING', 'SIZE']],
  [
    ['SIZE 10', 'SIZE 20'],
    ['PIPELINING', 'SIZE'],
  ],
])('%j is mirrored as %j', (lines, mirrored) => {
  expect(mirroredExtensions(offering(...lines), false)).toEqual(mirrored);
});

test.each([
  ['SIZE 35882577', 35_882_577],
  ['SIZE 1', 1],
  ['SIZE 10 ', 10],
  ['SIZE 0', undefined],
  ['SIZE', undefined],
  ['SIZE -1', undefined],
  ['SIZE 1e3', undefined],
  ['SIZE 0x10', undefined],
  ['SIZE 10M', undefined],
  ['SIZE 10 20', undefined],
  ['SIZE 99999999999999999999', undefined],
  ['DSN', undefined],
])('RFC 1870 §4: %j limits a message to %j octets', (line, limit) => {
  expect(sizeLimitOctets(offering(line))).toBe(limit);
});

test('RFC 8689 §2: REQUIRETLS is offered to a mail program over TLS alone, and only where the server does', () => {
  expect(mirroredExtensions(offering('REQUIRETLS'), true)).toContain('REQUIRETLS');
  expect(mirroredExtensions(offering('REQUIRETLS'), false)).not.toContain('REQUIRETLS');
  expect(mirroredExtensions(offering('X-REQUIRETLS'), true)).not.toContain('REQUIRETLS');
});
