import { expect, test } from 'vitest';
import type { DomainFacts, HostFacts } from '../../shared/forecast/facts.ts';
import { REASONS } from '../../shared/forecast/forecast.ts';
import { forecastFrom, unknownForecast } from '../../shared/forecast/verdict.ts';
import {
  domainFacts,
  failed,
  found,
  host,
  keyRecord,
  none,
  NOT_PROBED,
  policy,
  presented,
  seen,
} from './forecast-facts.ts';
import { codes, DANE, ENFORCED, RECORD, said, UNSIGNED, UNTRUSTED } from './said-of-domain.ts';

const UNTOLD = found([{ preference: 10, exchange: 'mx.example.org' }], 'unknown');

const FAILING: readonly HostFacts[] = [
  host('mx1.example.org', { probe: { kind: 'no STARTTLS', ageMs: 3000 } }),
  host('mx2.example.org', { ...DANE, probe: seen(false, presented(), 9000) }),
  host('mx3.example.org', { probe: { kind: 'no STARTTLS', ageMs: 1000 } }),
];

test('F6: a domain is as good as its best host, wherever that stands', () => {
  const good = host('mx4.example.org', { ...DANE, probe: seen(true) });
  const { reasons, verdict } = forecastFrom(domainFacts({ hosts: [...FAILING, good] }));
  expect(verdict).toBe('observed');
  expect(reasons.map((each) => each.host)).toEqual(['mx4.example.org', 'mx4.example.org']);
});

test('F6: of hosts that are as good, the one with the better route, then the first in the order', () => {
  const noOffer = host('mx0.example.org', { ...DANE, probe: seen(false) });
  const noTls = host('mx1.example.org', { probe: { kind: 'no STARTTLS', ageMs: 1000 } });
  for (const hosts of [
    [noTls, noOffer],
    [noOffer, noTls],
  ]) {
    expect(forecastFrom(domainFacts({ hosts }))).toMatchObject({
      route: 'promised',
      requireTls: 'will fail',
    });
  }
  const hosts = [host('mx9.example.org', DANE), host('mx1.example.org', DANE)];
  expect(forecastFrom(domainFacts({ hosts })).reasons[0]?.host).toBe('mx9.example.org');
});

test('F6: where all hosts fail, each kind of reason is told, in the order of the hosts', () => {
  const forecast = forecastFrom(domainFacts({ hosts: FAILING }));
  expect(forecast.verdict).toBe('will fail');
  expect(forecast.reasons).toEqual([
    { code: 'no STARTTLS', host: 'mx1.example.org' },
    { code: 'REQUIRETLS not offered', host: 'mx2.example.org' },
    { code: 'seen from this network' },
  ]);
  expect(forecast.ageMs).toBe(9000);
});

test('F6: hosts that were not looked at may be better than those that were', () => {
  expect(said({ hosts: FAILING, moreHosts: true })).toBe(
    'unknown: hosts not looked at, no STARTTLS, REQUIRETLS not offered',
  );
  const { mx } = domainFacts({ hosts: FAILING });
  expect(said({ mx, hosts: FAILING.slice(1) })).toContain('unknown: hosts not looked at');
  expect(said({ mx, hosts: [] })).toBe('unknown: hosts not looked at');
  expect(said({ hosts: [host('mx.example.org', DANE)], moreHosts: true })).toContain('promised');
});

test('F6: an MX answer that cannot be believed may leave out the host that would do', () => {
  const hosts = [host('mx.example.org', { ...DANE, probe: seen(false) })];
  const forecast = forecastFrom(domainFacts({ mx: UNTOLD, mtaSts: ENFORCED, hosts }));
  expect(forecast).toMatchObject({ verdict: 'unknown', route: 'unknown', requireTls: 'unknown' });
  expect(codes(forecast)).toEqual(['resolver cannot tell', 'REQUIRETLS not offered']);
});

test('F6: an error in the DNS is unknown, never a failure', () => {
  for (const why of ['timed out', 'server failure', 'refused', 'unreachable'] as const) {
    const forecast = forecastFrom(domainFacts({ mx: failed(why), hosts: [] }));
    expect(forecast.verdict).toBe('unknown');
    expect(forecast.reasons).toEqual([{ code: 'DNS failed', detail: why }]);
  }
});

test('F6: a resolver that cannot prove who it is has a reason of its own, whatever was asked', () => {
  const why = 'resolver not verified';
  const forecasts = [
    domainFacts({ mx: failed(why), hosts: [] }),
    domainFacts({ hosts: [host('mx.example.org', { tlsa: failed(why) })] }),
  ].map(forecastFrom);
  for (const { verdict, reasons } of forecasts) {
    expect(verdict).toBe('unknown');
    expect(reasons).toContainEqual({ code: why });
  }
});

test('F6: the age is that of the oldest fact that the verdict rests on, and of no other', () => {
  const mx = found([{ preference: 10, exchange: 'mx.example.org' }], 'secure', { ageMs: 2000 });
  const aged = (tlsaAgeMs: number, probe: HostFacts['probe']) => {
    const tlsa = found([keyRecord()], 'secure', { ageMs: tlsaAgeMs });
    return forecastFrom(domainFacts({ mx, hosts: [host('mx.example.org', { tlsa, probe })] }))
      .ageMs;
  };
  expect(aged(1000, NOT_PROBED)).toBe(2000);
  expect(aged(5000, NOT_PROBED)).toBe(5000);
  expect(aged(1000, seen(true, presented(), 86_400_000))).toBe(86_400_000);
  // What excludes the host is the offer; how long its TLSA records are known is no matter.
  expect(aged(50_000, seen(false, presented(), 3000))).toBe(3000);
  // That this is all the hosts there are is as old as the MX answer.
  expect(aged(50_000, seen(false, presented(), 1000))).toBe(2000);
});

function failingHosts(count: number): readonly HostFacts[] {
  return Array.from({ length: count }, (_, n) =>
    host(`mx${n}.example.org`, { probe: { kind: 'TLS failed', detail: `E${n}`, ageMs: 0 } }),
  );
}

test('F6: as many as ten reasons are told, and then what is to be known of them', () => {
  const told = codes(forecastFrom(domainFacts({ hosts: failingHosts(10) })));
  expect(told).toHaveLength(11);
  expect(told.at(-1)).toBe('seen from this network');
  expect(forecastFrom(domainFacts({ hosts: failingHosts(12) })).reasons).toHaveLength(10);
});

test('what is no domain is unknown, at once and for that reason', () => {
  expect(unknownForecast('192.0.2.1', 'not a domain')).toEqual({
    domain: '192.0.2.1',
    verdict: 'unknown',
    route: 'unknown',
    requireTls: 'unknown',
    reasons: [{ code: 'not a domain' }],
    facts: [],
    ageMs: 0,
  });
});

const one = (more: Partial<HostFacts>) => [host('mx.example.org', more)];

test('each reason can be given', () => {
  const mtaSts = ENFORCED;
  const unnamed = { record: RECORD, policy: policy('enforce', ['x.example.org']) };
  const kept = policy('enforce', ['*.example.org'], { kept: 'fetch failed' });
  const unfetched = { kind: 'failed', why: 'too large', ageMs: 0 } as const;
  const nullMx = found([{ preference: 0, exchange: '' }]);
  const domains: readonly Partial<DomainFacts>[] = [
    { mx: none('secure', { isNameAbsent: true }), hosts: [] },
    { mx: nullMx, hosts: [] },
    { mx: found([{ preference: 0, exchange: '' }], 'unknown'), hosts: [] },
    { mx: found([{ preference: 1, exchange: '' }]), hosts: [] },
    { mx: failed('resolver not verified'), hosts: [] },
    { mx: UNSIGNED },
    { mx: UNSIGNED, mtaSts: { record: RECORD, policy: policy('testing', ['a.b']) } },
    { mx: UNSIGNED, mtaSts: { record: RECORD, policy: policy('none') } },
    { mx: UNSIGNED, mtaSts: { record: RECORD, policy: unfetched } },
    { mx: UNSIGNED, mtaSts: unnamed },
    { mtaSts: unnamed, hosts: one(DANE) },
    { mx: UNSIGNED, mtaSts: { record: RECORD, policy: kept } },
    { mtaSts },
    { hosts: one({ addresses: none() }) },
    { hosts: one({ addresses: failed() }) },
    { hosts: one({ tlsa: failed('bogus') }) },
    { hosts: one({ tlsa: found([]) }) },
    { hosts: one({ probe: { kind: 'no STARTTLS', ageMs: 0 } }) },
    { hosts: one({ probe: { kind: 'TLS failed', detail: 'E', ageMs: 0 } }) },
    { hosts: one({ ...DANE, probe: seen(true, presented({ chain: [] })) }) },
    { hosts: one({ probe: seen(true, UNTRUSTED) }) },
    { hosts: one({ ...DANE, probe: seen(false) }) },
    { hosts: one({ ...DANE, probe: seen(true) }) },
    { hosts: one({ probe: seen(true) }) },
    { hosts: one({ addresses: none() }), moreHosts: true },
    { hosts: one({ onlySpecialAddresses: true }) },
    { mx: found([{ preference: 0, exchange: '' }], 'insecure', { inClear: true }), hosts: [] },
  ];
  const given = new Set([
    ...domains.flatMap((each) => codes(forecastFrom(domainFacts(each)))),
    ...codes(unknownForecast('x', 'not a domain')),
    ...codes(unknownForecast('x', 'address literal')),
    ...codes(unknownForecast('x', 'no answer in time')),
  ]);
  expect(REASONS.filter((code) => !given.has(code))).toEqual([]);
});
