import { expect, test } from 'vitest';
import { DETAIL_WORDS, detailInWords } from '../../shared/forecast/detail-words.ts';
import { WHY_NO_ANSWER, WHY_NO_POLICY, WHY_NOT_PROBED } from '../../shared/forecast/facts.ts';
import { REASONS, VERDICTS } from '../../shared/forecast/forecast.ts';
import {
  REASON_WORDS,
  reasonInWords,
  VERDICT_WORDS,
  verdictInWords,
} from '../../shared/forecast/reason-words.ts';

test('each reason, each verdict and each detail has words of its own', () => {
  const tables = [
    [REASONS, REASON_WORDS],
    [VERDICTS, VERDICT_WORDS],
    [[...new Set([...WHY_NO_ANSWER, ...WHY_NO_POLICY, ...WHY_NOT_PROBED])], DETAIL_WORDS],
  ] as const;
  for (const [codes, words] of tables) {
    for (const code of codes) expect(words, code).toHaveProperty([code]);
    expect(new Set(Object.values(words)).size).toBe(Object.keys(words).length);
  }
});

test('a reason is one or two short sentences, with placeholders that are known', () => {
  for (const [code, words] of Object.entries(REASON_WORDS)) {
    expect(words, code).toMatch(/^[A-Z{].*[.]$/);
    expect(words.length, code).toBeLessThan(130);
    const placeholders = words.match(/\{[^}]*\}/g) ?? [];
    for (const each of placeholders) expect(['{domain}', '{host}', '{detail}']).toContain(each);
  }
});

test('a reason names the host that it is about', () => {
  const host = 'mx.example.net';
  expect(reasonInWords('example.org', { code: 'no STARTTLS', host })).toBe(
    'The mail server mx.example.net offered no encryption (no STARTTLS).',
  );
  expect(reasonInWords('example.org', { code: 'host not in policy', host })).toBe(
    'The policy of example.org on secure mail (MTA-STS) does not name its mail server mx.example.net.',
  );
});

test('a look-up that is about no host is about the domain', () => {
  expect(reasonInWords('example.org', { code: 'DNS failed', detail: 'timed out' })).toBe(
    'The look-up of example.org failed: no answer came in time.',
  );
});

test('a detail stands in words, and an error’s name as it is', () => {
  expect(detailInWords('too large')).toBe('it is too large');
  expect(detailInWords('CERT_HAS_EXPIRED')).toBe('CERT_HAS_EXPIRED');
  expect(detailInWords('constructor')).toBe('constructor');
  const host = 'mx.example.net';
  const reason = { code: 'certificate not trusted', host, detail: 'CERT_HAS_EXPIRED' } as const;
  expect(reasonInWords('example.org', reason)).toContain('who it is (CERT_HAS_EXPIRED).');
});

test('what another program wrote is no pattern: neither braces nor dollar signs', () => {
  const host = 'mx.example.net';
  const reason = { code: 'TLS failed', host, detail: '{host} $& $1' } as const;
  expect(reasonInWords('example.org', reason)).toBe(
    'With the mail server mx.example.net no encrypted connection came about ({host} $& $1).',
  );
});

test('a verdict is the beginning of a sentence', () => {
  expect(VERDICTS.map(verdictInWords)).toEqual([
    'Can arrive',
    'May arrive',
    'Not known',
    'Would not arrive',
  ]);
});
