import { expect, test } from 'vitest';
import { KeptForecasts } from '../../proxy/forecast/kept-forecasts.ts';
import type { Forecast } from '../../shared/forecast/forecast.ts';

function forecast(domain: string): Forecast {
  return {
    domain,
    verdict: 'promised',
    route: 'promised',
    requireTls: 'unknown',
    reasons: [{ code: 'DANE', host: 'mx.example.org' }],
    facts: [{ about: 'MX', says: '10 mx.example.org', source: 'validated here', ageMs: 200 }],
    ageMs: 200,
  };
}

const MINUTE = { probed: false, freshForMs: 60_000, mayLearnMore: false };

test('F6: a forecast that is told again says how old its facts are by then', () => {
  let now = 0;
  const kept = new KeptForecasts(() => now);
  kept.keep(forecast('example.org'), MINUTE);
  now = 1000.4;
  const told = kept.find('example.org', false);
  expect(told).toMatchObject({ ageMs: 1200, facts: [{ ageMs: 1200 }] });
  expect(kept.find('example.org', false)).toEqual(told);
});

test('F6: it is forgotten when a fact that it rests on is no longer to be believed', () => {
  let now = 0;
  const kept = new KeptForecasts(() => now);
  kept.keep(forecast('example.org'), MINUTE);
  now = 59_999;
  expect(kept.find('example.org', false)).toBeDefined();
  now = 60_000;
  expect(kept.find('example.org', false)).toBeUndefined();
});

test.each([
  ['long-lived facts promise', 'promised', 3_600_000, false, 600_000],
  ['nothing was learnt', 'unknown', 3_600_000, false, 30_000],
  ['nobody was to be had for an answer', 'unknown', Number.POSITIVE_INFINITY, false, 30_000],
  ['facts are good for a moment', 'will fail', 0, false, 10_000],
  ['a mail server is still being looked at', 'promised', 3_600_000, true, 10_000],
] as const)(
  'F6: when %s it is asked again in time',
  (_why, verdict, freshForMs, mayLearnMore, ms) => {
    let now = 0;
    const kept = new KeptForecasts(() => now);
    const made = { ...forecast('example.org'), verdict };
    kept.keep(made, { probed: false, freshForMs, mayLearnMore });
    now = ms - 1;
    expect(kept.find('example.org', false)).toBeDefined();
    now = ms;
    expect(kept.find('example.org', false)).toBeUndefined();
  },
);

test('who lets us look at the mail servers is not told a forecast without such a look', () => {
  const kept = new KeptForecasts(() => 0);
  kept.keep(forecast('example.org'), MINUTE);
  expect(kept.find('example.org', true)).toBeUndefined();
  kept.keep(forecast('example.org'), { ...MINUTE, probed: true });
  expect(kept.find('example.org', true)).toBeDefined();
  expect(kept.find('example.org', false)).toBeDefined();
});

test('a thousand forecasts are kept, and the oldest go first', () => {
  const kept = new KeptForecasts(() => 0);
  for (let at = 0; at < 1001; at += 1) kept.keep(forecast(`d${at}.example`), MINUTE);
  expect(kept.find('d0.example', false)).toBeUndefined();
  expect(kept.find('d1.example', false)).toBeDefined();
  expect(kept.find('d1000.example', false)).toBeDefined();
});
