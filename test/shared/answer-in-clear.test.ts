import { expect, test } from 'vitest';
import type { ProbeFact } from '../../shared/forecast/facts.ts';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
import { domainFacts, found, host, none, policy, seen } from './forecast-facts.ts';
import { codes, DANE, ENFORCED, said, UNSIGNED, UNTRUSTED } from './said-of-domain.ts';

test('F6: of an exclusion that came in clear it is said that somebody could have made it up', () => {
  const inClear = { inClear: true };
  const nullMx = [{ preference: 0, exchange: '' }];
  expect(said({ mx: found(nullMx, 'insecure', inClear), hosts: [] })).toBe(
    'will fail: null MX, answer in clear',
  );
  const mtaSts = { record: none('insecure', inClear), policy: { kind: 'none' } } as const;
  expect(said({ mx: UNSIGNED, mtaSts })).toBe('will fail: names not vouched for, answer in clear');
  const hosts = [host('mx.example.org', { addresses: none('insecure', inClear) })];
  expect(said({ hosts })).toBe('will fail: host has no address, answer in clear');
  // What excludes it is not what came in clear.
  const noOffer = [host('mx.example.org', { ...DANE, probe: seen(false) })];
  expect(said({ mtaSts, hosts: noOffer })).toBe(
    'will fail: REQUIRETLS not offered, seen from this network',
  );
});

test('F2, F6: a host that came in clear and that the policy does not name may be forged', () => {
  const forged = [{ preference: 1, exchange: 'mx.forged.example' }];
  const hosts = [host('mx.forged.example')];
  expect(said({ mx: found(forged, 'insecure'), mtaSts: ENFORCED, hosts })).toBe(
    'will fail: host not in policy',
  );
  expect(
    said({ mx: found(forged, 'insecure', { inClear: true }), mtaSts: ENFORCED, hosts }),
  ).toContain('unknown: host not in policy, answer in clear');
});

const UNKNOWN = { verdict: 'unknown', route: 'unknown', requireTls: 'unknown' } as const;

const KEPT_LATE = { kept: 'fetch failed' } as const;

/** What a host can be seen to do that excludes it: the first inside verified TLS. */
const SIGHTS: readonly ProbeFact[] = [
  seen(false),
  { kind: 'no STARTTLS', ageMs: 0 },
  { kind: 'TLS failed', detail: 'EPROTO', ageMs: 0 },
  seen(false, UNTRUSTED),
];

test('F2, F6: whatever was seen of a host that may be forged says nothing of the domain', () => {
  const mx = found([{ preference: 1, exchange: 'mx.forged.example' }], 'insecure', {
    inClear: true,
  });
  const replaced = { ...ENFORCED, policy: policy('enforce', ['*.example.org'], KEPT_LATE) };
  for (const probe of SIGHTS) {
    const hosts = [host('mx.forged.example', { probe })];
    for (const mtaSts of [ENFORCED, replaced]) {
      const forecast = forecastFrom(domainFacts({ mx, mtaSts, hosts }));
      expect(forecast).toMatchObject(UNKNOWN);
      expect(codes(forecast).slice(-2)).toEqual(['host not in policy', 'answer in clear']);
    }
    expect(said({ mx, hosts })).toMatch(/^will fail: .*answer in clear/);
  }
});

test('F2, F6: beside a host that may be forged nothing excludes one that the policy names', () => {
  const mx = found(
    ['mx.example.org', 'mx.forged.example'].map((exchange) => ({ preference: 1, exchange })),
    'insecure',
    { inClear: true },
  );
  const probe = { kind: 'no STARTTLS', ageMs: 0 } as const;
  const named = host('mx.example.org', { probe });
  const hosts = [named, host('mx.forged.example', { probe: seen(false) })];
  expect(forecastFrom(domainFacts({ mx, mtaSts: ENFORCED, hosts }))).toMatchObject(UNKNOWN);
});

test('F6: of whatever rests on an MX answer in clear it is said that somebody could have made it up', () => {
  const mx = found([{ preference: 1, exchange: 'mx.example.org' }], 'insecure', { inClear: true });
  const noOffer = [host('mx.example.org', { probe: seen(false) })];
  expect(said({ mx, mtaSts: ENFORCED, hosts: noOffer })).toBe(
    'will fail: REQUIRETLS not offered, answer in clear, seen from this network',
  );
  const told = said({ mx: UNSIGNED, mtaSts: ENFORCED, hosts: noOffer });
  expect(told).toBe('will fail: REQUIRETLS not offered, seen from this network');
});

test('F1, F6: where somebody on the way chose the address, what was seen there excludes nothing', () => {
  const addresses = found(['192.0.2.9'], 'insecure', { inClear: true });
  for (const probe of SIGHTS.slice(1)) {
    const forged = [host('mx.example.org', { addresses, probe })];
    const forecast = forecastFrom(domainFacts({ mtaSts: ENFORCED, hosts: forged }));
    expect(forecast).toMatchObject({ verdict: 'unknown', route: 'unknown' });
    expect(codes(forecast)).toContain('answer in clear');
    expect(said({ hosts: forged })).toMatch(/^will fail: .*, answer in clear, seen from/);
  }
});

test('F1, F6: beside an enforced policy no answer that came in clear excludes anything', () => {
  const inClear = { inClear: true };
  const nullMx = found([{ preference: 0, exchange: '' }], 'insecure', inClear);
  const absent = none('insecure', { isNameAbsent: true, ...inClear });
  const nothing = none('insecure', inClear);
  const withoutAddress = { addresses: nothing };
  for (const facts of [
    { mx: nullMx, hosts: [] },
    { mx: absent, hosts: [] },
    { mx: nothing, hosts: [host('example.org', withoutAddress)] },
    { mx: UNSIGNED, hosts: [host('mx.example.org', withoutAddress)] },
  ]) {
    expect(said({ ...facts, mtaSts: ENFORCED })).toMatch(/^unknown: .*, answer in clear/);
    expect(said(facts)).toMatch(/^will fail: .*, answer in clear$/);
  }
});

test('F2: that there is no MX record must not come from somebody on the way', () => {
  const itself = host('example.org', { probe: seen(true) });
  const hosts = [itself];
  expect(said({ mx: none('insecure'), hosts })).toContain('observed');
  expect(said({ mx: none('insecure', { inClear: true }), hosts })).toBe(
    'will fail: names not vouched for, answer in clear',
  );
});
