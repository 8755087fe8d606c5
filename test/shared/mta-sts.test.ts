import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  policyAllowsMx,
  readMtaStsRecord,
  readPolicy,
  type MtaStsPolicyText,
} from '../../shared/forecast/mta-sts.ts';

const ID = { kind: 'id', id: '20160831085700Z' };
const NONE = { kind: 'none' };

test('F5, RFC 8461 §3.1: the record of the RFC announces a policy', () => {
  expect(readMtaStsRecord(['v=STSv1; id=20160831085700Z;'])).toEqual(ID);
});

test.each([
  ['no final semicolon', 'v=STSv1; id=20160831085700Z'],
  ['no blanks', 'v=STSv1;id=20160831085700Z'],
  ['blanks and tabs around the semicolons', 'v=STSv1; \t id=20160831085700Z\t ; '],
  ['blanks before the first semicolon', 'v=STSv1 \t; id=20160831085700Z'],
  ['an extension before', 'v=STSv1; a_b-c.d=x:y/z; id=20160831085700Z;'],
  ['an extension behind', 'v=STSv1; id=20160831085700Z; new=1'],
  ['a second id, which does not count', 'v=STSv1; id=20160831085700Z; id=2'],
])('F5, RFC 8461 §3.1: a record with %s announces a policy', (_, text) => {
  expect(readMtaStsRecord([text])).toEqual(ID);
});

test.each([
  ['nothing', ''],
  ['another version', 'v=STSv2; id=1'],
  ['the version in lower case', 'v=stsv1; id=1'],
  ['the version in second place', 'id=1; v=STSv1;'],
  ['a blank before the version', ' v=STSv1; id=1'],
  ['no semicolon after the version', 'v=STSv1 id=1'],
  ['no id', 'v=STSv1;'],
  ['an extension only', 'v=STSv1; a=1;'],
  ['an empty id', 'v=STSv1; id=;'],
  ['an id of 33', `v=STSv1; id=${'1'.repeat(33)}`],
  ['an id with a hyphen', 'v=STSv1; id=2026-11-22'],
  ['a first id that is none, and a second', 'v=STSv1; id=2026-11; id=1'],
  ['ID in capitals', 'v=STSv1; ID=1'],
  ['a blank around the equals sign', 'v=STSv1; id = 1'],
  ['two semicolons', 'v=STSv1;; id=1'],
  ['two at the end', 'v=STSv1; id=1;;'],
  ['a field without a value', 'v=STSv1; id=1; new'],
  ['a field name of 33', `v=STSv1; id=1; ${'a'.repeat(33)}=1`],
  ['an equals sign in a value', 'v=STSv1; id=1; a=b=c'],
  ['a U-label in a value', 'v=STSv1; id=1; a=ü'],
  ['a line break', 'v=STSv1; id=1\r\n'],
  ['NUL', 'v=STSv1; id=1\0'],
])('F5, RFC 8461 §3.1: a record with %s announces none', (_, text) => {
  expect(readMtaStsRecord([text])).toEqual(NONE);
});

test('F5, RFC 8461 §3.1: records of other uses do not count', () => {
  const texts = ['v=spf1 -all', 'v=STSv1; id=20160831085700Z;', 'v=STSv10; id=1', ''];
  expect(readMtaStsRecord(texts)).toEqual(ID);
});

test('F5, RFC 8461 §3.1: of several records one with a blank before its first semicolon is left out', () => {
  const blank = 'v=STSv1 ; id=1;';
  expect(readMtaStsRecord([blank, 'v=STSv1; id=20160831085700Z;'])).toEqual(ID);
  expect(readMtaStsRecord([blank, 'v=spf1 -all'])).toEqual(NONE);
});

test('F5, RFC 8461 §3.1: two records announce none, even when they are the same', () => {
  const text = 'v=STSv1; id=1;';
  expect(readMtaStsRecord([text, text])).toEqual({ kind: 'several' });
  expect(readMtaStsRecord([text, 'v=STSv1; what is no record'])).toEqual({ kind: 'several' });
});

test('F5: without records none is announced', () => {
  expect(readMtaStsRecord([])).toEqual(NONE);
});

test('F5: what is read from any text is an id of letters and digits, or nothing', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((end) => `v=STSv1;${end}`),
    fc.string().map((end) => `v=STSv1; id=${end}`),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 3 }), (texts) => {
      const read = readMtaStsRecord(texts);
      if (read.kind === 'id') expect(read.id).toMatch(/^[A-Za-z0-9]{1,32}$/);
    }),
  );
});

const EXAMPLE = [
  'version: STSv1',
  'mode: enforce',
  'mx: mail.example.com',
  'mx: *.example.net',
  'mx: backupmx.example.com',
  'max_age: 604800',
];
const READ: MtaStsPolicyText = {
  mode: 'enforce',
  mx: ['mail.example.com', '*.example.net', 'backupmx.example.com'],
  maxAgeSeconds: 604_800,
};

test.each([
  ['CRLF', `${EXAMPLE.join('\r\n')}\r\n`],
  ['LF', `${EXAMPLE.join('\n')}\n`],
  [
    'both kinds of line ends',
    `${EXAMPLE.slice(0, 3).join('\r\n')}\r\n${EXAMPLE.slice(3).join('\n')}`,
  ],
  ['no line end at the end', EXAMPLE.join('\r\n')],
  ['empty lines at the end', `${EXAMPLE.join('\r\n')}\r\n\r\n\n`],
  [
    'max_age first and the version last',
    [EXAMPLE[5], ...EXAMPLE.slice(1, 5), EXAMPLE[0]].join('\n'),
  ],
  ['no blanks', EXAMPLE.join('\n').replaceAll(': ', ':')],
  ['tabs, and blanks at the ends of lines', EXAMPLE.join(' \t\n').replaceAll(': ', ':\t ')],
  ['a field that is not known', [...EXAMPLE, 'new.field-1_a: a = ü; b'].join('\n')],
  ['a field that is not known and is empty', [...EXAMPLE, 'new:'].join('\n')],
  ['second ones of what may stand once', [...EXAMPLE, 'mode: none', 'max_age: x'].join('\n')],
  ['mx in capitals', EXAMPLE.join('\n').replace('mail.example.com', 'MAIL.Example.COM')],
])('F5, RFC 8461 §3.2: a policy is read with %s', (_, text) => {
  expect(readPolicy(text)).toEqual(READ);
});

test('F5, RFC 8461 §3.2: a policy of mode none needs no mx', () => {
  const read = readPolicy('version: STSv1\nmode: none\nmax_age: 0\n');
  expect(read).toEqual({ mode: 'none', mx: [], maxAgeSeconds: 0 });
});

function withLine(number: number, line: string): string {
  return EXAMPLE.with(number, line).join('\r\n');
}

test.each([
  ['nothing', ''],
  ['a web page', '<!doctype html>\n<title>Not found</title>'],
  ['no version', EXAMPLE.slice(1).join('\n')],
  ['another version', withLine(0, 'version: STSv2')],
  ['a version in lower case', withLine(0, 'version: stsv1')],
  ['another version first', ['version: STSv2', ...EXAMPLE].join('\n')],
  ['no mode', EXAMPLE.toSpliced(1, 1).join('\n')],
  ['another mode', withLine(1, 'mode: strict')],
  ['a mode in capitals', withLine(1, 'mode: Enforce')],
  ['another mode first', ['mode: x', ...EXAMPLE].join('\n')],
  ['no mx', EXAMPLE.filter((line) => !line.startsWith('mx')).join('\n')],
  ['no max_age', EXAMPLE.slice(0, 5).join('\n')],
  ['a max_age of more than a year', withLine(5, 'max_age: 31557601')],
  ['a max_age of eleven digits', withLine(5, 'max_age: 00000000001')],
  ['a negative max_age', withLine(5, 'max_age: -1')],
  ['a max_age with a unit', withLine(5, 'max_age: 604800s')],
  ['a max_age that is no integer', withLine(5, 'max_age: 1e3')],
  ['an empty mx', withLine(2, 'mx:')],
  ['a U-label in mx', withLine(2, 'mx: bücher.example')],
  ['a final dot in mx', withLine(2, 'mx: mail.example.com.')],
  ['a wildcard inside a label', withLine(2, 'mx: mx*.example.com')],
  ['a wildcard in second place', withLine(2, 'mx: mx.*.com')],
  ['two wildcards', withLine(2, 'mx: *.*.com')],
  ['a wildcard alone', withLine(2, 'mx: *')],
  ['a wildcard before a dot', withLine(2, 'mx: .example.com')],
  ['two hosts in one mx', withLine(2, 'mx: a.example, b.example')],
  ['an address as mx', withLine(2, 'mx: [192.0.2.1]')],
  ['an empty line in the middle', EXAMPLE.join('\r\n\r\n')],
  ['an empty line first', `\n${EXAMPLE.join('\n')}`],
  ['a line without a colon', [...EXAMPLE, 'mx backup.example.com'].join('\n')],
  ['a blank before the colon', withLine(1, 'mode : enforce')],
  ['a blank before the field', withLine(1, ' mode: enforce')],
  ['a byte order mark', `\uFEFF${EXAMPLE.join('\n')}`],
  ['NUL', withLine(2, 'mx: mail.example.com\0')],
  ['a lone CR', EXAMPLE.join('\r')],
  ['a steering octet in a field that is not known', [...EXAMPLE, 'a: \u001b[2J'].join('\n')],
])('F5, RFC 8461 §3.2: with %s it is no policy', (_, text) => {
  expect(readPolicy(text)).toHaveProperty('fault');
});

test('F5, RFC 8461 §3.3: more than 64 KB is no policy, however well it reads', () => {
  const large = `${EXAMPLE.join('\n')}\n${'mx: mx.example.com\n'.repeat(4000)}`;
  expect(large.length).toBeGreaterThan(65_536);
  expect(readPolicy(large)).toEqual({ fault: 'it is larger than 64 KB' });
});

test('F5: a year is the longest that a policy may be kept', () => {
  expect(readPolicy(withLine(5, 'max_age: 31557600'))).toMatchObject({ maxAgeSeconds: 31_557_600 });
});

const HOST = fc.domain().map((name) => name.toLowerCase());
const POLICY = fc.record({
  mode: fc.constantFrom('enforce', 'testing'),
  mx: fc.array(
    fc.oneof(
      HOST,
      HOST.map((name) => `*.${name}`),
    ),
    { minLength: 1, maxLength: 20 },
  ),
  maxAgeSeconds: fc.integer({ min: 0, max: 31_557_600 }),
});

test('F5: a policy that is written is the policy that is read', () => {
  fc.assert(
    fc.property(POLICY, fc.constantFrom('\n', '\r\n'), (policy, lineEnd) => {
      const lines = [
        'version: STSv1',
        `mode: ${policy.mode}`,
        ...policy.mx.map((pattern) => `mx: ${pattern}`),
        `max_age: ${policy.maxAgeSeconds}`,
      ];
      expect(readPolicy(lines.join(lineEnd))).toEqual(policy);
      expect(readPolicy(lines.toReversed().join(lineEnd))).toEqual({
        ...policy,
        mx: policy.mx.toReversed(),
      });
    }),
  );
});

test('F5: whatever is read from any text names only what can be matched', () => {
  const line = fc.oneof(
    fc.string(),
    fc.string().map((value) => `mx: ${value}`),
    fc.constantFrom(...EXAMPLE),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const read = readPolicy([...lines, ...EXAMPLE].join('\n'));
      if ('fault' in read) return;
      for (const pattern of read.mx) expect(pattern).toMatch(/^(\*\.)?[a-z0-9_][a-z0-9_.-]*$/);
      expect(read.maxAgeSeconds).toBeLessThanOrEqual(31_557_600);
    }),
  );
});

test.each([
  ['mail.example.com', 'mail.example.com'],
  ['MAIL.example.com', 'mail.example.com'],
  ['mail.example.com', '*.example.com'],
  ['xn--bcher-kva.example.com', '*.example.com'],
])('F2, RFC 8461 §4.1: %s is named by %s', (host, pattern) => {
  expect(policyAllowsMx(host, [pattern])).toBe(true);
  expect(policyAllowsMx(host, ['other.example', pattern])).toBe(true);
});

test.each([
  ['example.com', '*.example.com'],
  ['foo.bar.example.com', '*.example.com'],
  ['.example.com', '*.example.com'],
  ['mail.example.com.evil.example', '*.example.com'],
  ['mailexample.com', '*.example.com'],
  ['mail.example.org', '*.example.com'],
  ['mx.mail.example.com', 'mail.example.com'],
  ['mail.example.com', 'example.com'],
  ['bücher.example.com', 'xn--bcher-kva.example.com'],
  ['', '*.example.com'],
  ['*.example.com', 'mail.example.com'],
])('F2, RFC 8461 §4.1: %s is not named by %s', (host, pattern) => {
  expect(policyAllowsMx(host, [pattern])).toBe(false);
});

test('F2: a policy that names nobody allows nobody', () => {
  expect(policyAllowsMx('mail.example.com', [])).toBe(false);
});

test('F2, RFC 8461 §4.1: the wildcard stands for one label, whatever the labels are', () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,10}$/);
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 5 }), HOST, (labels, base) => {
      const host = [...labels, base].join('.');
      expect(policyAllowsMx(host, [`*.${base}`])).toBe(labels.length === 1);
      expect(policyAllowsMx(host, [host])).toBe(true);
    }),
  );
});

test('F5: a text made to be read slowly is read, and refused, at once', () => {
  // Quadratic reading would outlast the limit of a test many times.
  const long = 65_000;
  const hostile = [
    `${'\n'.repeat(long)}x`,
    `${'\r\n'.repeat(long / 2)}x`,
    `version: STSv1\nmx: a${' '.repeat(long)}b`,
    `version: STSv1\nmx:${'\t'.repeat(long)}b`,
  ];
  for (const text of hostile.flatMap((each) => Array<string>(5).fill(each))) {
    expect(readPolicy(text)).toHaveProperty('fault');
  }
  for (const filling of [' ', ';', ' ;', '=']) {
    const text = `v=STSv1;a${filling.repeat(long)}x`;
    expect(readMtaStsRecord([text])).toEqual({ kind: 'none' });
  }
});

test('F5: a record longer than any that is needed announces nothing', () => {
  const record = 'v=STSv1; id=a1; x=';
  expect(readMtaStsRecord([record.padEnd(1024, 'y')])).toEqual({ kind: 'id', id: 'a1' });
  expect(readMtaStsRecord([record.padEnd(1025, 'y')])).toEqual({ kind: 'none' });
});
