import { expect, test } from 'vitest';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
import { domainFacts, failed, found, host, none, policy, seen } from './forecast-facts.ts';
import { DANE, ENFORCED, RECORD, said, UNSIGNED } from './said-of-domain.ts';

const UNTOLD = found([{ preference: 10, exchange: 'mx.example.org' }], 'unknown');

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

test('F1: to a host whose addresses are none of the public Internet nobody knows a way', () => {
  const hosts = [host('mx.example.org', { ...DANE, onlySpecialAddresses: true })];
  expect(said({ hosts })).toBe('unknown: special address, REQUIRETLS not seen');
});

test('F1, F6: that a host has no address excludes it only where it can be believed', () => {
  const hosts = [host('mx.example.org', { addresses: none('unknown') })];
  expect(said({ hosts })).toContain('unknown: resolver cannot tell');
});
