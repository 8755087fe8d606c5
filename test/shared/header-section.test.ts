import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  headerLines,
  replaceField,
  withoutBlanks,
} from '../../shared/submission/header-section.ts';
import { anyOctets, framingOctets, ordinaryFields } from './octets.ts';

const anySection = fc.oneof(
  anyOctets,
  framingOctets,
  ordinaryFields.map((fields) => fields.join('')),
  fc
    .array(
      fc.oneof(
        ordinaryFields.map((fields) => fields.join('')),
        anyOctets,
        framingOctets,
      ),
    )
    .map((pieces) => pieces.join('\r\n')),
);

test('RFC 5322 §A.1.1: the fields of a message, each where it stands', () => {
  const section = [
    'From: John Doe <jdoe@machine.example>',
    'To: Mary Smith <mary@example.net>',
    'Message-ID: <1234@local.machine.example>',
    '',
  ].join('\r\n');
  const { fields, strays, continuations } = headerLines(section);

  expect(fields.map(({ name, value }) => [name, value])).toEqual([
    ['From', ' John Doe <jdoe@machine.example>'],
    ['To', ' Mary Smith <mary@example.net>'],
    ['Message-ID', ' <1234@local.machine.example>'],
  ]);
  expect(section.slice(fields[1]?.start, fields[1]?.end)).toBe(
    'To: Mary Smith <mary@example.net>\r\n',
  );
  expect([strays, continuations]).toEqual([[], []]);
});

test('RFC 5322 §2.2.3: a folded field is one field, and unfolding takes only the CRLF out', () => {
  const { fields, continuations } = headerLines('Subject: This\r\n is a\r\n\t test\r\nTo: x\r\n');
  expect(fields.map(({ value }) => value)).toEqual([' This is a\t test', ' x']);
  expect(continuations).toEqual(['is a', 'test']);
});

test('RFC 5322 §A.5: blanks before the colon make no field name', () => {
  const { fields, strays } = headerLines('From  : John Doe\r\nTo:x\r\n');
  expect(fields.map(({ name }) => name)).toEqual(['To']);
  expect(strays).toEqual(['From  : John Doe']);
});

test.each([
  ['a line without colon', 'hello'],
  ['a blank line that is not empty', ' '],
  ['a continuation of nothing', ' X-TLS-Required: Yes'],
  ['a name that starts with a byte-order mark', '\u00ef\u00bb\u00bfTo: x'],
  ['no name', ': x'],
  ['a NUL in the name', 'T\0o: x'],
])('%s is a stray line and is not lost', (_, line) => {
  const { fields, strays } = headerLines(`${line}\r\nTo: x\r\n`);
  expect(strays).toEqual([line]);
  expect(fields.map(({ name }) => name)).toEqual(['To']);
});

test('a bare CR or LF ends no line', () => {
  const { fields } = headerLines('Subject: a\rX-TLS-Required: Yes\nTo: x\r\n');
  expect(fields.map(({ name }) => name)).toEqual(['Subject']);
});

test('the last line counts without its CRLF', () => {
  const { fields } = headerLines('From: a\r\nX-TLS-Required: Yes');
  expect(fields.map(({ name, value }) => [name, value])).toEqual([
    ['From', ' a'],
    ['X-TLS-Required', ' Yes'],
  ]);
});

test('every octet of a section is in exactly one field or stray line', () => {
  fc.assert(
    fc.property(anySection, (section) => {
      const { fields, strays } = headerLines(section);
      let outside = '';
      let from = 0;
      for (const { start, end } of fields) {
        expect(start).toBeGreaterThanOrEqual(from);
        outside += section.slice(from, start);
        from = end;
      }
      outside += section.slice(from);
      const lines = outside.split('\r\n');
      if (lines.at(-1) === '') lines.pop();
      expect(strays).toEqual(lines);
    }),
  );
});

test('a field put in its own place changes nothing', () => {
  fc.assert(
    fc.property(anySection, (section) => {
      for (const field of headerLines(section).fields) {
        const own = section.slice(field.start, field.end);
        expect(replaceField(section, field, own)).toBe(section);
      }
    }),
  );
});

test('a field that is taken out leaves every other line as it was', () => {
  fc.assert(
    fc.property(anySection, (section) => {
      const { fields, strays } = headerLines(section);
      for (const field of fields) {
        const without = headerLines(replaceField(section, field, ''));
        const names = fields.filter((other) => other !== field).map(({ name }) => name);
        expect(without.fields.map(({ name }) => name)).toEqual(names);
        expect(without.strays).toEqual(strays);
      }
    }),
  );
});

test.each([
  [' \t No \t ', 'No'],
  ['a \t b', 'a \t b'],
  [' \t ', ''],
  ['\u00a0No\u00a0', '\u00a0No\u00a0'],
  ['\vNo\r', '\vNo\r'],
])('RFC 5322 §2.2.2: of %j blanks are taken off and nothing else', (value, left) => {
  expect(withoutBlanks(value)).toBe(left);
});

test('a value of a quarter of a megabyte of blanks holds nobody up', () => {
  const value = `a${' '.repeat(256 * 1024)}b`;
  // Half a minute when each blank is looked at from each: longer than the runner lets a test.
  expect(withoutBlanks(value)).toBe(value);
});
