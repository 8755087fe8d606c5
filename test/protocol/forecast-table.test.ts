import { expect, test } from 'vitest';
import { ageInWords } from '../../proxy/commands/age-words.ts';
import { forecastText } from '../../proxy/commands/forecast-table.ts';
import type { Forecast } from '../../shared/forecast/forecast.ts';
import { reasonInWords } from '../../shared/forecast/reason-words.ts';
import { unknownForecast } from '../../shared/forecast/verdict.ts';

const FORECAST: Forecast = {
  domain: 'example.org',
  verdict: 'promised',
  route: 'promised',
  requireTls: 'unknown',
  reasons: [{ code: 'REQUIRETLS not seen', detail: 'not asked for' }, { code: 'MTA-STS enforced' }],
  facts: [
    { about: 'MX', says: 'mx.example.org', source: 'resolver, by DNSSEC', ageMs: 1999 },
    {
      about: 'TLSA',
      host: 'mx.example.org',
      says: 'not asked for',
      source: 'not looked at',
      ageMs: 0,
    },
    { about: 'MTA-STS policy', says: 'mode enforce', source: 'policy host', ageMs: 90 * 60_000 },
  ],
  ageMs: 90 * 60_000,
};

test('F6: verdict and first reason, the other reasons, then each fact with its source and age', () => {
  const [first = '', second = ''] = FORECAST.reasons.map((reason) =>
    reasonInWords('example.org', reason),
  );
  expect(forecastText(FORECAST, 'messages', undefined)).toBe(
    `example.org: May arrive. ${first}
  ${second}
  MX              mx.example.org (the resolver says so, by DNSSEC, just now)
  TLSA            mx.example.org: not asked for
  MTA-STS policy  mode enforce (policy host, 1 hour ago)
`,
  );
});

test('what is no domain cannot steer the terminal, nor fill it', () => {
  const domain = `\u001b]0;title\u0007\u009b\u202e${'x'.repeat(5000)}`;
  const text = forecastText(unknownForecast(domain, 'not a domain'), 'messages', undefined);
  expect(text).not.toMatch(/[^\P{C}\n]/u);
  expect(text.length).toBeLessThan(1000);
});

test.each([
  [0, 'just now'],
  [1999, 'just now'],
  [2000, '2 seconds ago'],
  [60_000, '1 minute ago'],
  [119_999, '1 minute ago'],
  [3 * 3_600_000, '3 hours ago'],
  [48 * 3_600_000, '2 days ago'],
])('F6: %i ms are told as %s', (ageMs, words) => {
  expect(ageInWords(ageMs)).toBe(words);
});
