import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isMarkerName,
  markerValue,
  MARKER_NAME,
  parseMarkerValue,
  resemblesMarker,
  type Marker,
} from '../../shared/submission/marker.ts';
import { anyOctets } from './octets.ts';

const LONGEST_ID = 'aZ0-_'.repeat(13).slice(0, 64);

const markers: fc.Arbitrary<Marker> = fc.record({
  requirement: fc.constantFrom('required' as const, 'optional' as const),
  id: fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), { nil: undefined }),
});

test.each([
  ['Yes', 'required', undefined],
  ['No', 'optional', undefined],
  ['yes', 'required', undefined],
  ['YES', 'required', undefined],
  ['nO', 'optional', undefined],
  [' Yes', 'required', undefined],
  ['\t No \t', 'optional', undefined],
  ['Yes;id=K7', 'required', 'K7'],
  ['Yes; id=K7', 'required', 'K7'],
  ['no;\t ID=k7', 'optional', 'k7'],
  [`Yes; id=${LONGEST_ID}`, 'required', LONGEST_ID],
] as const)('the value %j is a marker', (value, requirement, id) => {
  expect(parseMarkerValue(value)).toEqual({ requirement, id });
});

test.each([
  ['empty', ''],
  ['blanks only', ' \t '],
  ['another word', 'Required'],
  ['one letter', 'Y'],
  ['another language', 'Oui'],
  ['a boolean', 'true'],
  ['a number', '1'],
  ['twice', 'Yes, Yes'],
  ['both', 'Yes No'],
  ['trailing text', 'Yes please'],
  ['leading text', 'now Yes'],
  ['a comment', 'Yes (really)'],
  ['a comment alone', '(Yes)'],
  ['quotation marks', '"Yes"'],
  ['an encoded word', '=?utf-8?q?Yes?='],
  ['a NUL within', 'Ye\0s'],
  ['a NUL behind', 'Yes\0'],
  ['a byte-order mark', '\u00ef\u00bb\u00bfYes'],
  ['a no-break space', 'Yes\u00a0'],
  ['a Cyrillic letter', 'Y\u00d0\u00b5s'],
  ['a long s, which is S in capitals', 'Ye\u017f'],
  ['a line feed behind', 'Yes\n'],
  ['a carriage return behind', 'Yes\r'],
  ['a vertical tab', '\vYes'],
  ['a semicolon without more', 'Yes;'],
  ['no id', 'Yes; id'],
  ['an empty id', 'Yes; id='],
  ['an id without answer', 'id=K7'],
  ['an id in quotation marks', 'Yes; id="K7"'],
  ['a blank before the semicolon', 'Yes ; id=K7'],
  ['blanks round the equals sign', 'Yes; id = K7'],
  ['a character that no id has', 'Yes; id=K7.'],
  ['an id of 65', `Yes; id=${LONGEST_ID}x`],
  ['two ids', 'Yes; id=K7; id=K8'],
  ['another parameter', 'Yes; ret=hdrs'],
])('a value with %s is no marker', (_, value) => {
  expect(parseMarkerValue(value)).toBeUndefined();
});

test('a marker that is written is read as the same marker', () => {
  fc.assert(
    fc.property(markers, (marker) => {
      expect(parseMarkerValue(markerValue(marker))).toEqual(marker);
    }),
  );
});

test('no value is read as a marker that would be written in another way', () => {
  const nearValues = fc
    .tuple(fc.constantFrom('Yes', 'No', 'yes', 'N', ''), anyOctets, fc.constantFrom('', '; id=K7'))
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.oneof(anyOctets, nearValues), (value) => {
      const marker = parseMarkerValue(value);
      const [answer, ...id] = value.replace(/^[ \t]+|[ \t]+$/g, '').split(';');
      const written = [
        answer?.toLowerCase(),
        ...id.map((text) => text.replace(/^[ \t]*id/i, ' id')),
      ];
      if (marker === undefined) return;
      expect(markerValue(marker)).toBe(written.join(';').replace(/^./, (c) => c.toUpperCase()));
    }),
  );
});

test('the name of the marker is known in any case and in no other spelling', () => {
  for (const name of [MARKER_NAME, 'X-Tls-Required', 'x-tls-required', 'X-TLS-REQUIRED']) {
    expect(isMarkerName(name), name).toBe(true);
  }
  for (const name of ['TLS-Required', 'X-TLS-Required ', 'X-TLS-Require', 'X-TL\u017f-Required']) {
    expect(isMarkerName(name), name).toBe(false);
  }
});

test.each([
  ['a blank before the colon', 'X-TLS-Required '],
  ['a byte-order mark before it', '\u00ef\u00bb\u00bfX-TLS-Required'],
  ['a NUL before it', '\0X-TLS-Required'],
  ['an invisible space before it', '\u00e2\u0080\u008bX-TLS-Required'],
  ['a quotation sign before it', '> X-TLS-Required'],
  ['another name before it', 'Old-X-TLS-Required'],
  ['a word before it', 'please X-TLS-Required'],
  ['an encoded word', '=?utf-8?q?X-TLS-Required?='],
  ['a Cyrillic first letter', '\u00d0\u00a5-TLS-Required'],
  ['Cyrillic letters within', 'X-TLS-R\u00d0\u00b5quir\u00d0\u00b5d'],
  [
    'Cyrillic letters wherever there are some',
    '\u00d0\u00a5-\u00d0\u00a2L\u00d0\u0085-R\u00d0\u00b5quir\u00d0\u00b5d',
  ],
  ['an accent', 'X-TLS-R\u00c3\u00a9quired'],
  ['a soft hyphen', 'X-TLS\u00c2\u00ad-Required'],
  ['no hyphens', 'XTLSRequired'],
  ['underscores', 'X_TLS_Required'],
  ['an equals sign for the colon', 'X-TLS-Required=Yes'],
  ['no D', 'X-TLS-Require'],
  ['no X, no D', 'TLS-Require'],
  ['more behind it', 'X-TLS-Required-By'],
  ['the words turned round', 'X-Require-TLS'],
  ['the words turned round, without X', 'Require-TLS'],
  ['the name of the extension to SMTP', 'REQUIRETLS'],
  ['STARTTLS for TLS', 'X-STARTTLS-Required'],
  ['a letter left out', 'X-TLS-Requred'],
  ['letters that changed places', 'X-TSL-Required'],
  ['letters that changed places at the end', 'X-TLS-Requierd'],
  ['a letter twice', 'X-TLSS-Required'],
  ['another letter', 'X-TLS-Recuired'],
  ["a blank behind Postfix's name", 'Require-TLS-ESMTP '],
  ["Postfix's name with an X", 'X-Require-TLS-ESMTP'],
  ["Postfix's name with a letter left out", 'Requre-TLS-ESMTP'],
  ['a blank behind the name of RFC 8689', 'TLS-Required '],
])('a name with %s resembles the marker', (_, start) => {
  expect(resemblesMarker(start)).toBe(true);
});

const ORDINARY_NAMES = `
  From Subject Received DKIM-Signature Authentication-Results Autocrypt Disposition-Notification-To
  X-Mailer X-Requested-With X-Required X-TLS X-TLS-Version X-SSL-Cipher X-Mozilla-Draft-Info x X-
  Require-Recipient-Valid-Since TLS-Report-Domain TLS-Report-Submitter MT-Priority X-Identity-Key`;

test.each([...ORDINARY_NAMES.trim().split(/\s+/), '', 'Dear Xaver', 'Gr\u00c3\u00bc\u00c3\u009fe'])(
  '%j has nothing of the marker',
  (start) => {
    expect(resemblesMarker(start)).toBe(false);
  },
);
