import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedRequirement, TLS_REQUIRED_NO } from '../../shared/submission/asked-requirement.ts';
import { parseMarkerValue } from '../../shared/submission/marker.ts';
import {
  contradictingFields,
  markerUnclear,
  tlsRequiredFieldInvalid,
  tlsRequiredFieldTwice,
} from '../../shared/submission/refusals.ts';
import { anyOctets, lineOctets, ordinaryFields } from './octets.ts';

const sectionOf = (...lines: readonly string[]) => lines.map((line) => `${line}\r\n`).join('');

/** Asked over a connection without REQUIRETLS as a parameter, with what the decision adds to it. */
function askedIn(section: string, asksRequireTls = false) {
  const asked = askedRequirement(section, { asksRequireTls });
  if (asked.kind === 'refuse') return asked;
  const { sectionWith, ...others } = asked;
  const adding = asked.requirement === 'optional' ? 'TLS-Required: No' : 'nothing';
  return { ...others, section: sectionWith(adding) };
}

const REFUSALS = {
  unclear: markerUnclear(),
  contradiction: contradictingFields(),
  twice: tlsRequiredFieldTwice(),
  invalid: tlsRequiredFieldInvalid(),
} as const;

test('a header section without any of the fields asks for nothing and passes as it is', () => {
  const section = sectionOf('From: a@example.org', 'Subject: TLS required', 'To: b@example.net');
  expect(askedIn(section)).toEqual({
    kind: 'asked',
    requirement: 'default',
    by: undefined,
    markerId: undefined,
    section,
  });
});

test.each([
  ['first', ['X-TLS-Required: Yes', 'From: a', 'To: b'], ['From: a', 'To: b']],
  ['in the middle', ['From: a', 'X-TLS-Required: Yes', 'To: b'], ['From: a', 'To: b']],
  ['last', ['From: a', 'To: b', 'X-TLS-Required: Yes'], ['From: a', 'To: b']],
  ['alone', ['X-TLS-Required: Yes'], []],
  ['as Thunderbird writes it', ['From: a', 'X-Tls-Required: yes'], ['From: a']],
  ['without a blank', ['x-tls-required:YES', 'From: a'], ['From: a']],
  ['folded', ['X-TLS-Required:', '\tYes ', 'From: a'], ['From: a']],
])('the marker %s asks to require TLS and is taken off', (_, lines, left) => {
  expect(askedIn(sectionOf(...lines))).toMatchObject({
    requirement: 'required',
    by: 'X-TLS-Required',
    section: sectionOf(...left),
  });
});

test("RFC 8689 §3: the marker's No becomes the whole field, exactly, in the same place", () => {
  const section = sectionOf('From: a', 'X-Tls-Required:  no ; id=K7'.replace(' ;', ';'), 'To: b');
  expect(askedIn(section)).toEqual({
    kind: 'asked',
    requirement: 'optional',
    by: 'X-TLS-Required',
    markerId: 'K7',
    section: 'From: a\r\nTLS-Required: No\r\nTo: b\r\n',
  });
});

test.each([
  [['TLS-Required: No', 'X-TLS-Required: No'], ['TLS-Required: No']],
  [
    ['X-TLS-Required: No', 'From: a', 'TLS-Required: No'],
    ['From: a', 'TLS-Required: No'],
  ],
  // Postfix passes over a value with a blank behind it.
  [
    ['From: a', 'tls-required:no \t', 'X-TLS-Required: No'],
    ['From: a', 'TLS-Required: No'],
  ],
])('RFC 8689 §3: with %j the field stands once, as every server reads it', (lines, left) => {
  expect(askedIn(sectionOf(...lines))).toMatchObject({
    requirement: 'optional',
    section: sectionOf(...left),
  });
});

test.each(['TLS-Required: No', 'tls-required:NO', 'TLS-Required:  no \t'])(
  "RFC 8689 §3: a person's own %j asks to deliver anyway and stays as it is",
  (field) => {
    const section = sectionOf('From: a', field, 'To: b');
    expect(askedIn(section)).toMatchObject({
      requirement: 'optional',
      by: 'TLS-Required',
      markerId: undefined,
      section,
    });
  },
);

test.each([
  [['Require-TLS-ESMTP: yes', 'From: a'], 'Require-TLS-ESMTP'],
  [['From: a', 'require-tls-esmtp:  YES '], 'Require-TLS-ESMTP'],
  [['Require-TLS-ESMTP: yes', 'From: a', 'Require-TLS-ESMTP: yes'], 'Require-TLS-ESMTP'],
  [['Require-TLS-ESMTP: yes', 'From: a', 'X-TLS-Required: Yes'], 'X-TLS-Required'],
])("Postfix's spelling in %j asks to require TLS and is taken off", (lines, by) => {
  expect(askedIn(sectionOf(...lines))).toMatchObject({
    requirement: 'required',
    by,
    section: 'From: a\r\n',
  });
});

test.each([
  ['unclear', ['X-TLS-Required:']],
  ['unclear', ['X-TLS-Required: maybe']],
  ['unclear', ['X-TLS-Required: Yes (only this one)']],
  ['unclear', ['X-TLS-Required: Yes', 'X-TLS-Required: Yes']],
  ['unclear', ['X-TLS-Required: No', 'From: a', 'x-tls-required: No']],
  ['unclear', ['X-TLS-Required: Yes', ' No']],
  ['unclear', ['X-TLS-Required : Yes']],
  ['unclear', ['\tX-TLS-Required: Yes']],
  ['unclear', ['Subject: a', ' X-TLS-Required: Yes']],
  ['unclear', ['Subject: a', ' and more', '\tx-tls-required : Yes']],
  ['unclear', ['\u00ef\u00bb\u00bfX-TLS-Required: Yes']],
  ['unclear', ['\u00d0\u00a5-\u00d0\u00a2L\u00d0\u0085-R\u00d0\u00b5quir\u00d0\u00b5d: Yes']], // Cyrillic
  ['unclear', ['X-TLS-Required']],
  ['unclear', ['X-TLS-Required Yes']],
  ['unclear', ['X-TLS-Required; Yes']],
  ['unclear', [':X-TLS-Required: Yes']],
  ['unclear', ['please X-TLS-Required: Yes']],
  ['unclear', ['X-TLS-Requierd: Yes']],
  ['unclear', ['TLS-Required']],
  ['unclear', ['TLS-Required : No']],
  ['unclear', ['Require-TLS-ESMTP : yes']],
  ['unclear', ['Require-TLS-ESMTP: no']],
  ['unclear', ['Require-TLS-ESMTP:']],
  ['unclear', ['Require-TLS: yes']],
  ['unclear', ['From ada Mon Jan  1', 'X-TLS-Required: Yes']],
  ['unclear', ['hello', 'From: a', 'Require-TLS-ESMTP: yes']],
  ['unclear', ['TLS-Required: No', 'From: a', 'hello']],
  ['contradiction', ['X-TLS-Required: Yes', 'TLS-Required: No']],
  ['contradiction', ['Require-TLS-ESMTP: yes', 'X-TLS-Required: No']],
  ['contradiction', ['Require-TLS-ESMTP: yes', 'TLS-Required: No']],
  ['twice', ['TLS-Required: No', 'From: a', 'TLS-Required: No']],
  ['twice', ['X-TLS-Required: No', 'TLS-Required: No', 'tls-required: no']],
  ['invalid', ['TLS-Required: Yes']],
  ['invalid', ['TLS-Required:']],
  ['invalid', ['TLS-Required: No (whatever happens)']],
  ['invalid', ['TLS-Required: No\u00a0']],
  ['invalid', ['X-TLS-Required: Yes', 'TLS-Required: Yes']],
] as const)('refused as %s: %j', (refusal, lines) => {
  const expected = { kind: 'refuse', reply: REFUSALS[refusal] };
  expect(askedIn(sectionOf(...lines))).toEqual(expected);
  expect(askedIn(sectionOf(...lines, 'To: b')), 'another field behind').toEqual(expected);
});

test('no value of the marker is passed over: it is exactly right or refused', () => {
  fc.assert(
    fc.property(ordinaryFields, lineOctets, ordinaryFields, (before, value, after) => {
      const section = [...before, `X-TLS-Required:${value}\r\n`, ...after].join('');
      const asked = askedIn(section);
      const requirement = parseMarkerValue(value)?.requirement;
      if (requirement === undefined)
        expect(asked).toEqual({ kind: 'refuse', reply: markerUnclear() });
      else expect(asked).toMatchObject({ requirement });
    }),
  );
});

test('taking the marker off touches no octet of another field, wherever it stands', () => {
  const markers = fc.tuple(
    fc.constantFrom('X-TLS-Required: ', 'x-tls-required:\r\n '),
    fc.constantFrom('Yes', 'No', 'yes; id=K7', 'no;id=K7'),
  );
  fc.assert(
    fc.property(ordinaryFields, markers, ordinaryFields, (before, [name, value], after) => {
      const section = [...before, `${name}${value}\r\n`, ...after].join('');
      const written = /^no/i.test(value) ? TLS_REQUIRED_NO : '';
      expect(askedIn(section)).toMatchObject({
        kind: 'asked',
        section: [...before, written, ...after].join(''),
      });
    }),
  );
});

test('a section that asks for nothing comes out octet for octet', () => {
  const sections = fc.oneof(
    anyOctets,
    ordinaryFields.map((fields) => fields.join('')),
  );
  fc.assert(
    fc.property(sections, (section) => {
      const asked = askedIn(section);
      expect(asked).toMatchObject({ kind: 'asked', requirement: 'default', section });
    }),
  );
});

test('what came out asks for nothing more of us', () => {
  const lines = fc.constantFrom(
    'X-TLS-Required: Yes',
    'X-TLS-Required: No',
    'TLS-Required: No',
    'Require-TLS-ESMTP: yes',
    'Subject: a',
    ' folded',
    'hello',
  );
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 5 }), (written) => {
      const asked = askedIn(sectionOf(...written));
      if (asked.kind === 'refuse') return;
      const again = askedIn(asked.section);
      expect(again).toMatchObject({
        kind: 'asked',
        requirement: asked.requirement === 'optional' ? 'optional' : 'default',
        section: asked.section,
      });
      expect(asked.section.split(TLS_REQUIRED_NO).length - 1).toBe(
        asked.requirement === 'optional' ? 1 : 0,
      );
    }),
  );
});

test.each([
  ['alone', [], 'required', 'REQUIRETLS', []],
  ['with the marker', ['X-TLS-Required: Yes'], 'required', 'X-TLS-Required', []],
  [
    'RFC 8689 §4.1: with TLS-Required: No, which counts for nothing and goes on',
    ['TLS-Required: No'],
    'required',
    'REQUIRETLS',
    ['TLS-Required: No'],
  ],
])('RFC 8689 §2: the parameter asks to require TLS, %s', (_, lines, requirement, by, left) => {
  expect(askedIn(sectionOf('From: a', ...lines), true)).toMatchObject({
    requirement,
    by,
    section: sectionOf('From: a', ...left),
  });
});

test.each([['X-TLS-Required: No'], ['X-TLS-Required: Yes\r\nTLS-Required: No']])(
  'the parameter REQUIRETLS and %j contradict each other',
  (lines) => {
    const asked = askedIn(sectionOf('From: a', lines), true);
    expect(asked).toEqual({ kind: 'refuse', reply: contradictingFields() });
  },
);

test('the decision alone writes TLS-Required: No, the marker does not', () => {
  const asked = askedRequirement(sectionOf('X-TLS-Required: No'), { asksRequireTls: false });
  expect(asked.kind === 'asked' && asked.sectionWith('nothing')).toBe('');
});
