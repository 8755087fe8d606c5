import { expect, test } from 'vitest';
import type { DomainFacts, HostFacts, ProbeFact } from '../../shared/forecast/facts.ts';
import { REASONS, type Forecast, type ReasonCode } from '../../shared/forecast/forecast.ts';
import { forecastFrom, unknownForecast } from '../../shared/forecast/verdict.ts';
import {
  certificate,
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

function codes({ reasons }: Forecast): readonly ReasonCode[] {
  return reasons.map(({ code }) => code);
}

/** What is said of a domain, as `verdict: reason, reason`. */
function said(facts: Partial<DomainFacts>): string {
  const forecast = forecastFrom(domainFacts(facts));
  return `${forecast.verdict}: ${codes(forecast).join(', ')}`;
}

const UNSIGNED = found([{ preference: 10, exchange: 'mx.example.org' }], 'insecure');
const UNTOLD = found([{ preference: 10, exchange: 'mx.example.org' }], 'unknown');
const RECORD = found(['v=STSv1; id=a1;'], 'insecure');
const ENFORCED = { record: RECORD, policy: policy('enforce', ['*.example.org']) };
const DANE = { tlsa: found([keyRecord()]) };
const ISSUER = certificate('issuer');
const UNTRUSTED = presented({ pkixFault: 'CERT_HAS_EXPIRED' });

test('F1, RFC 7505: to a domain that takes no mail nothing arrives', () => {
  const nullMx = [{ preference: 0, exchange: '' }];
  expect(said({ mx: found(nullMx), hosts: [] })).toBe('will fail: null MX');
  expect(said({ mx: found(nullMx, 'insecure'), hosts: [] })).toBe('will fail: null MX');
});

test('F1: to a domain that does not exist nothing arrives', () => {
  const mx = none('insecure', { isNameAbsent: true });
  expect(said({ mx, hosts: [] })).toBe('will fail: no such domain');
});

test('F1: to a domain without MX record and without address nothing arrives', () => {
  const hosts = [host('example.org', { addresses: none() })];
  expect(said({ mx: none(), hosts })).toBe('will fail: no mail host');
});

test('F1: to a domain whose MX records name nothing that is a host nothing arrives', () => {
  const mx = found([{ preference: 10, exchange: 'localhost' }]);
  expect(said({ mx, hosts: [] })).toBe('will fail: no mail host');
});

test('F1: a host without an address is excluded, and the next one counts', () => {
  const absent = host('mx1.example.org', { addresses: none() });
  expect(said({ hosts: [absent] })).toBe('will fail: host has no address');
  expect(said({ hosts: [absent, host('mx2.example.org', DANE)] })).toBe(
    'promised: REQUIRETLS not seen, DANE',
  );
});

test('F1, F6: a resolver that cannot tell excludes nothing: neither by a null MX nor by NXDOMAIN', () => {
  const told = 'unknown: resolver cannot tell';
  const nullMx = found([{ preference: 0, exchange: '' }], 'unknown');
  expect(said({ mx: nullMx, hosts: [] })).toBe(`${told}, null MX`);
  const absent = none('unknown', { isNameAbsent: true });
  expect(said({ mx: absent, hosts: [] })).toBe(`${told}, no such domain`);
  const nothing = host('mx.example.org', { addresses: none('unknown') });
  expect(said({ mx: UNTOLD, hosts: [nothing] })).toContain(told);
  const noRecord = { record: none('unknown'), policy: { kind: 'none' } } as const;
  expect(said({ mx: UNSIGNED, mtaSts: noRecord })).toContain(told);
});

test('F1, RFC 8689 §4.2.1: the domain itself needs nobody to vouch for its name', () => {
  const mx = none('insecure');
  const itself = host('example.org', { addresses: found(['192.0.2.1'], 'insecure') });
  expect(said({ mx, hosts: [itself] })).toBe(
    'unknown: certificate not promised, REQUIRETLS not seen',
  );
  expect(said({ mx, hosts: [{ ...itself, probe: seen(true) }] })).toBe(
    'observed: REQUIRETLS seen, certificate seen',
  );
});

test('F1: what the domain is an alias of needs somebody to vouch for it', () => {
  const mx = none('insecure', { alias: 'web.example.net' });
  const hosts = [host('web.example.net', { probe: seen(true) })];
  expect(said({ mx, hosts })).toBe('will fail: names not vouched for');
  expect(said({ mx: none('secure', { alias: 'web.example.net' }), hosts })).toContain('observed');
});

test('F2: an unsigned domain without MTA-STS fails, and that does not hide behind unknown', () => {
  expect(said({ mx: UNSIGNED })).toBe('will fail: names not vouched for');
  expect(said({ mx: UNSIGNED, hosts: [host('mx.example.org', DANE)] })).toBe(
    'will fail: names not vouched for',
  );
});

test('F2, F5, RFC 8461 §5: a policy in mode testing or none promises nothing', () => {
  const names = ['mx.example.org'];
  const testing = { record: RECORD, policy: policy('testing', names) };
  expect(said({ mx: UNSIGNED, mtaSts: testing })).toBe('will fail: MTA-STS testing');
  const withdrawn = { record: RECORD, policy: policy('none', names) };
  expect(said({ mx: UNSIGNED, mtaSts: withdrawn })).toBe('will fail: MTA-STS none');
});

test('F2, F5: a policy that could not be fetched is not the absence of a policy', () => {
  const unfetched = { kind: 'failed', why: 'TLS not verified', ageMs: 0 } as const;
  const mtaSts = { record: RECORD, policy: unfetched };
  const { reasons, verdict } = forecastFrom(domainFacts({ mx: UNSIGNED, mtaSts }));
  expect(verdict).toBe('unknown');
  expect(reasons[0]).toEqual({ code: 'policy not fetched', detail: 'TLS not verified' });
  const noAnswer = { record: failed('timed out'), policy: { kind: 'none' } } as const;
  expect(said({ mx: UNSIGNED, mtaSts: noAnswer })).toContain('unknown: policy not fetched');
});

test('F2: an enforced policy vouches for the host even where the resolver cannot tell', () => {
  const addresses = found(['192.0.2.1'], 'unknown');
  const hosts = [host('mx.example.org', { addresses, tlsa: undefined })];
  const mtaSts = { ...ENFORCED, record: found(['v=STSv1; id=a1;'], 'unknown') };
  expect(said({ mx: UNTOLD, mtaSts, hosts })).toBe(
    'promised: REQUIRETLS not seen, MTA-STS enforced',
  );
});

test('F2, RFC 8461 §4.1: a host that the enforced policy leaves out is excluded', () => {
  const mtaSts = { record: RECORD, policy: policy('enforce', ['*.mx.example.org']) };
  expect(said({ mx: UNSIGNED, mtaSts })).toBe('will fail: host not in policy');
  expect(said({ mtaSts })).toBe('will fail: host not in policy');
});

test('F5, RFC 8461 §5.1: a policy that was kept when its record vanished counts, and is told', () => {
  const kept = { kept: 'record vanished', ageMs: 7000 } as const;
  const mtaSts = { record: none('insecure'), policy: policy('enforce', ['*.example.org'], kept) };
  const forecast = forecastFrom(domainFacts({ mx: UNSIGNED, mtaSts }));
  expect(forecast.verdict).toBe('promised');
  expect(forecast.reasons).toContainEqual({ code: 'policy kept', detail: 'record vanished' });
  expect(forecast.ageMs).toBe(7000);
});

test('F5: a policy that was kept excludes nothing where another one may be announced by now', () => {
  const names = ['other.example.org'];
  const late = { record: RECORD, policy: policy('enforce', names, { kept: 'fetch failed' }) };
  expect(said({ mx: UNSIGNED, mtaSts: late })).toContain(
    'unknown: policy kept, host not in policy',
  );
  const testing = { ...late, policy: policy('testing', names, { kept: 'fetch failed' }) };
  expect(said({ mx: UNSIGNED, mtaSts: testing })).toContain(
    'unknown: policy kept, MTA-STS testing',
  );

  const vanished = policy('enforce', names, { kept: 'record vanished' });
  const gone = { record: none('insecure'), policy: vanished };
  expect(said({ mx: UNSIGNED, mtaSts: gone })).toBe('will fail: host not in policy');
  const untold = { record: none('unknown'), policy: vanished };
  expect(said({ mx: UNSIGNED, mtaSts: untold })).toContain('unknown: policy kept');
  // A relay that never had the policy goes by DNSSEC and by the certificate.
  expect(said({ mtaSts: gone })).toContain('unknown: policy kept, host not in policy');
});

test('F3, RFC 7671 §8.1: records of now do not exclude a certificate that was seen yesterday', () => {
  const other = presented({ chain: [certificate('other')] });
  const hour = 3_600_000;
  const after = (ageMs: number, offer: boolean) =>
    forecastFrom(
      domainFacts({
        hosts: [host('mx.example.org', { ...DANE, probe: seen(offer, other, ageMs) })],
      }),
    );
  expect(after(hour, true).verdict).toBe('will fail');
  for (const offer of [true, false]) {
    const { reasons, ...forecast } = after(hour + 1, offer);
    expect(forecast).toMatchObject({ verdict: 'promised', requireTls: 'unknown' });
    expect(reasons).toEqual([
      { code: 'REQUIRETLS not seen', host: 'mx.example.org', detail: 'certificate changed' },
      { code: 'DANE', host: 'mx.example.org' },
    ]);
  }
});

/** What is said of a domain whose only host was seen so. */
function ofSight(probe: ProbeFact, more: Partial<HostFacts> = DANE): string {
  return said({ hosts: [host('mx.example.org', { ...more, probe })] });
}

test('F3, F4: what was seen of a server yesterday excludes nothing today', () => {
  const hour = 3_600_000;
  for (const [ageMs, verdict] of [
    [hour, 'will fail'],
    [hour + 1, 'promised'],
  ] as const) {
    expect(ofSight({ kind: 'no STARTTLS', ageMs })).toContain(verdict);
    expect(ofSight({ kind: 'TLS failed', detail: 'EPROTO', ageMs })).toContain(verdict);
    expect(ofSight(seen(false, presented(), ageMs))).toContain(verdict);
  }
  expect(ofSight(seen(true, UNTRUSTED, hour), {})).toContain('will fail: certificate not trusted');
  expect(ofSight(seen(true, UNTRUSTED, hour + 1), {})).toBe(
    'unknown: certificate not promised, REQUIRETLS not seen',
  );
});

test('F3, F4: what was promised and seen counts for as long as it is kept', () => {
  const hosts = [host('mx.example.org', { ...DANE, probe: seen(true, presented(), 86_400_000) })];
  expect(said({ hosts })).toBe('observed: REQUIRETLS seen, DANE');
});

test('F1: to a host whose addresses are none of the public Internet nobody knows a way', () => {
  const hosts = [host('mx.example.org', { ...DANE, onlySpecialAddresses: true })];
  expect(said({ hosts })).toBe('unknown: special address, REQUIRETLS not seen');
});

test('F1, F6: that a host has no address excludes it only where it can be believed', () => {
  const hosts = [host('mx.example.org', { addresses: none('unknown') })];
  expect(said({ hosts })).toContain('unknown: resolver cannot tell');
});

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

test('F3, RFC 8461 §2: a certificate that fails DANE is not rescued by MTA-STS', () => {
  const probe = seen(true, presented({ chain: [certificate('other')] }));
  const hosts = [host('mx.example.org', { ...DANE, probe })];
  expect(said({ mtaSts: ENFORCED, hosts })).toBe(
    'will fail: DANE mismatch, seen from this network',
  );
  expect(said({ mx: UNSIGNED, mtaSts: ENFORCED, hosts })).toBe(
    'will fail: DANE mismatch, seen from this network',
  );
});

/** What is seen of a host whose certificate, by an authority of its own, is for this name. */
function issuedFor(name: string): ProbeFact {
  const dnsNames = [name];
  return seen(true, presented({ dnsNames, pkixFault: 'SELF_SIGNED_CERT_IN_CHAIN' }));
}

test('F3, RFC 7672 §3.2.2: for DANE-TA the certificate names where the records are, and no other host', () => {
  const issued = { usage: 2, selector: 1, matchingType: 1, data: ISSUER.publicKey.sha256 };
  const aliased = {
    addresses: found(['192.0.2.1'], 'secure', { alias: 'server.example.net' }),
    tlsa: found([issued]),
  };
  for (const tlsaBase of [undefined, 'server.example.net']) {
    const at = { ...aliased, tlsaBase };
    const [right, wrong] =
      tlsaBase === undefined
        ? ['mx.example.org', 'server.example.net']
        : ['server.example.net', 'mx.example.org'];
    expect(ofSight(issuedFor(right), at)).toContain('observed');
    expect(ofSight(issuedFor('example.org'), at)).toContain('observed');
    expect(ofSight(issuedFor(wrong), at)).toContain('will fail: DANE mismatch');
  }
});

test('F3, RFC 7672 §2.2.2: a failure at an alias that is not signed is no fault of DANE', () => {
  const addresses = found(['192.0.2.1'], 'insecure', { alias: 'server.example.net' });
  const promisedBy = (cname: HostFacts['cname'], tlsa?: HostFacts['tlsa']) =>
    said({
      mx: UNSIGNED,
      mtaSts: ENFORCED,
      hosts: [host('mx.example.org', { addresses, cname, tlsa })],
    });
  const alias = ['server.example.net'];
  expect(promisedBy(found(alias, 'insecure'))).toContain('promised');
  expect(promisedBy(found(alias), none())).toContain('promised');
  expect(promisedBy(found(alias), failed())).toContain('unknown: DNS failed');
  expect(promisedBy(failed())).toContain('unknown: DNS failed');
  expect(promisedBy(failed('bogus'))).toContain('unknown: DNSSEC bogus');
  // Who cannot tell promises by the policy, as for all other hosts.
  expect(promisedBy(found(alias, 'unknown'))).toContain('promised');
});

test('F3, RFC 7672 §2.1.2: SERVFAIL for TLSA is not the absence of TLSA, beside MTA-STS too', () => {
  const hosts = [host('mx.example.org', { tlsa: failed(), probe: seen(true) })];
  const forecast = forecastFrom(domainFacts({ mtaSts: ENFORCED, hosts }));
  expect(forecast).toMatchObject({ verdict: 'unknown', route: 'unknown', requireTls: 'unknown' });
  expect(forecast.reasons).toEqual([
    { code: 'DNS failed', host: 'mx.example.org', detail: 'server failure' },
  ]);
});

test('F3: bogus answers tell nothing, wherever they stand, and are called so', () => {
  const bogus = failed('bogus');
  expect(said({ mx: bogus, hosts: [] })).toBe('unknown: DNSSEC bogus');
  for (const part of [{ addresses: bogus, tlsa: undefined }, { tlsa: bogus }]) {
    expect(said({ hosts: [host('mx.example.org', part)] })).toBe(
      'unknown: DNSSEC bogus, REQUIRETLS not seen',
    );
  }
});

test('F3, RFC 7672 §2.2: records that SMTP cannot use promise no certificate', () => {
  const tlsa = found([{ ...keyRecord(), usage: 1 }]);
  expect(said({ hosts: [host('mx.example.org', { tlsa })] })).toBe(
    'unknown: TLSA unusable, certificate not promised, REQUIRETLS not seen',
  );
});

test('F3: TLSA records that are not signed promise nothing', () => {
  const tlsa = found([keyRecord()], 'insecure');
  expect(said({ hosts: [host('mx.example.org', { tlsa })] })).toContain(
    'unknown: certificate not promised',
  );
});

test('F3: where nobody can tell whether DANE vouches for what was seen, it is not known', () => {
  const chain = [certificate('own', 'unknown'), certificate('issuer')];
  for (const pkixFault of ['SELF_SIGNED', undefined]) {
    for (const isOffered of [true, false]) {
      const probe = seen(isOffered, presented({ chain, pkixFault }));
      const hosts = [host('mx.example.org', { ...DANE, probe })];
      expect(said({ hosts })).toBe('unknown: certificate not promised');
    }
  }
});

test('F3: DANE vouches for a certificate of no authority, and the offer inside counts', () => {
  const selfSigned = presented({ chain: [certificate('own')], pkixFault: 'SELF_SIGNED' });
  const hosts = [host('mx.example.org', { ...DANE, probe: seen(true, selfSigned) })];
  expect(said({ hosts })).toBe('observed: REQUIRETLS seen, DANE');
});

test('F3: where DANE admits a host and MTA-STS does not, relays differ', () => {
  const told = 'unknown: DANE and MTA-STS differ, REQUIRETLS not seen';
  const leftOut = { record: RECORD, policy: policy('enforce', ['other.example.org']) };
  expect(said({ mtaSts: leftOut, hosts: [host('mx.example.org', DANE)] })).toBe(told);
  const probe = seen(true, UNTRUSTED);
  expect(said({ mtaSts: ENFORCED, hosts: [host('mx.example.org', { ...DANE, probe })] })).toBe(
    'unknown: DANE and MTA-STS differ, REQUIRETLS seen',
  );
});

test('F3: a signed name whose certificate was seen to be good will do, without a promise', () => {
  const hosts = [host('mx.example.org', { probe: seen(true) })];
  expect(said({ hosts })).toBe('observed: REQUIRETLS seen, certificate seen');
  const expired = [host('mx.example.org', { probe: seen(true, UNTRUSTED) })];
  const forecast = forecastFrom(domainFacts({ hosts: expired }));
  expect(forecast).toMatchObject({ verdict: 'will fail', requireTls: 'unknown' });
  expect(forecast.reasons).toEqual([
    { code: 'certificate not trusted', host: 'mx.example.org', detail: 'CERT_HAS_EXPIRED' },
    { code: 'seen from this network' },
  ]);
});

test('F3, F4: a server without TLS is excluded, and what it offers in clear is not seen', () => {
  for (const probe of [
    { kind: 'no STARTTLS', ageMs: 1000 },
    { kind: 'TLS failed', detail: 'EPROTO', ageMs: 1000 },
  ] as const) {
    const forecast = forecastFrom(
      domainFacts({ hosts: [host('mx.example.org', { ...DANE, probe })] }),
    );
    expect(forecast).toMatchObject({ verdict: 'will fail', requireTls: 'unknown' });
    expect(codes(forecast)).toEqual([probe.kind, 'seen from this network']);
  }
});

test('F4: a host that offers no REQUIRETLS inside verified TLS fails, and its route is promised', () => {
  const hosts = [host('mx.example.org', { ...DANE, probe: seen(false) })];
  const forecast = forecastFrom(domainFacts({ hosts }));
  expect(forecast).toMatchObject({
    verdict: 'will fail',
    route: 'promised',
    requireTls: 'will fail',
  });
  // TLS proves the host; whoever is on the way could have led to another of its ports.
  expect(codes(forecast)).toEqual(['REQUIRETLS not offered', 'seen from this network']);
});

test('F4: why the offer is not known stands in the reason', () => {
  const probe = { ...NOT_PROBED, why: 'port 25 closed here' } as const;
  const { reasons } = forecastFrom(
    domainFacts({ hosts: [host('mx.example.org', { ...DANE, probe })] }),
  );
  expect(reasons).toContainEqual({
    code: 'REQUIRETLS not seen',
    host: 'mx.example.org',
    detail: 'port 25 closed here',
  });
});

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
