import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ehloKeywords, type EhloKeywords } from '../../shared/submission/ehlo.ts';
import { decideRelay } from '../../shared/submission/policy.ts';
import { encryptionNeeded, requireTlsUnsupported } from '../../shared/submission/refusals.ts';
import { TLS_REQUIREMENTS } from '../../shared/submission/requirement.ts';

const host = 'smtp.example.net';
const OFFER = ehloKeywords([host, 'PIPELINING', 'REQUIRETLS']);
const NO_OFFER = ehloKeywords([`${host} REQUIRETLS`, 'PIPELINING', 'X-REQUIRETLS']);

test.each([
  ['default', NO_OFFER, 'nothing'],
  ['default', OFFER, 'nothing'],
  ['optional', NO_OFFER, 'TLS-Required: No'],
  ['optional', OFFER, 'TLS-Required: No'],
  ['required', OFFER, 'REQUIRETLS'],
] as const)('RFC 8689 §4.3: over verified TLS, %s is relayed', (requirement, keywords, adding) => {
  expect(decideRelay(requirement, { host, tlsVerified: true, keywords })).toEqual({
    kind: 'relay',
    adding,
  });
});

test('RFC 8689 §4.2.1: required is refused by name where REQUIRETLS is not offered', () => {
  expect(decideRelay('required', { host, tlsVerified: true, keywords: NO_OFFER })).toEqual({
    kind: 'refuse',
    reply: requireTlsUnsupported(host),
  });
});

test('without verified TLS nothing is relayed, whatever is asked and offered', () => {
  for (const requirement of TLS_REQUIREMENTS) {
    for (const keywords of [OFFER, NO_OFFER]) {
      expect(decideRelay(requirement, { host, tlsVerified: false, keywords })).toEqual({
        kind: 'refuse',
        reply: encryptionNeeded(host),
      });
    }
  }
});

test('no way leads from required to anything but REQUIRETLS or a refusal', () => {
  const words = fc.constantFrom(
    'REQUIRETLS',
    'requiretls',
    'X-REQUIRETLS',
    'SIZE',
    'AUTH',
    '-',
    '',
  );
  const ehloLines = fc.array(
    fc.oneof(
      fc.string(),
      fc.array(words).map((line) => line.join(' ')),
    ),
  );
  const keywordMaps: fc.Arbitrary<EhloKeywords> = fc.oneof(
    ehloLines.map(ehloKeywords),
    fc.array(fc.tuple(fc.oneof(words, fc.string()), fc.string())).map((pairs) => new Map(pairs)),
  );
  fc.assert(
    fc.property(keywordMaps, fc.boolean(), (keywords, tlsVerified) => {
      const decision = decideRelay('required', { host, tlsVerified, keywords });
      const isKept = tlsVerified && keywords.has('REQUIRETLS');
      expect(decision.kind === 'relay' ? decision.adding : decision.kind).toBe(
        isKept ? 'REQUIRETLS' : 'refuse',
      );
    }),
    { numRuns: 1000 },
  );
});

test('REQUIRETLS is never added for a person who did not ask for it', () => {
  for (const requirement of ['default', 'optional'] as const) {
    const decision = decideRelay(requirement, { host, tlsVerified: true, keywords: OFFER });
    expect(decision).not.toMatchObject({ adding: 'REQUIRETLS' });
  }
});
