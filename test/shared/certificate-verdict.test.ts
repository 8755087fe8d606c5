import { expect, test } from 'vitest';
import type { HostFacts, ProbeFact } from '../../shared/forecast/facts.ts';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
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
import { codes, DANE, ENFORCED, RECORD, said, UNSIGNED, UNTRUSTED } from './said-of-domain.ts';

const ISSUER = certificate('issuer');

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
