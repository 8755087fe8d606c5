import { expect, test } from 'vitest';
import type { HostFacts } from '../../shared/forecast/facts.ts';
import type { ShownFact } from '../../shared/forecast/forecast.ts';
import { shownFacts } from '../../shared/forecast/shown-facts.ts';
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

function lines(facts: Parameters<typeof domainFacts>[0]): readonly string[] {
  return shownFacts(domainFacts(facts)).map(({ about, says }) => `${about}: ${says}`);
}

function ofHost(more: Partial<HostFacts>): readonly string[] {
  return lines({ hosts: [host('mx.example.org', more)] }).slice(2);
}

test('F6: each fact stands with its source and its age', () => {
  const mx = found([{ preference: 10, exchange: 'mx.example.org' }], 'insecure', { ageMs: 5 });
  const probe = seen(true, presented(), 3);
  const addresses = found(['2001:db8::1', '192.0.2.1'], 'unknown', { ageMs: 4 });
  const record = {
    ...found(['v=STSv1; id=a1;'], 'insecure'),
    source: 'resolver',
    ageMs: 6,
  } as const;
  const facts = domainFacts({
    mx,
    mtaSts: { record, policy: policy('enforce', ['mx.example.org'], { ageMs: 7 }) },
    hosts: [host('mx.example.org', { addresses, tlsa: undefined, probe })],
  });
  const about = { host: 'mx.example.org' };
  const expected: readonly ShownFact[] = [
    {
      about: 'MX',
      says: 'mx.example.org; not signed with DNSSEC',
      source: 'validated here',
      ageMs: 5,
    },
    {
      about: 'MTA-STS record',
      says: 'a policy is announced, id a1; not signed with DNSSEC',
      source: 'resolver, by DNSSEC',
      ageMs: 6,
    },
    {
      about: 'MTA-STS policy',
      says: 'mode enforce for mx.example.org',
      source: 'policy host',
      ageMs: 7,
    },
    {
      about: 'addresses',
      ...about,
      says: '192.0.2.1, 2001:db8::1; whether it is signed with DNSSEC cannot be told',
      source: 'resolver, not by DNSSEC',
      ageMs: 4,
    },
    {
      about: 'TLSA',
      ...about,
      says: 'not asked for, since nothing is known to be signed',
      source: 'not looked at',
      ageMs: 0,
    },
    {
      about: 'server',
      ...about,
      says: 'TLSv1.3, a certificate of a known authority, REQUIRETLS offered',
      source: 'mail server',
      ageMs: 3,
    },
  ];
  expect(shownFacts(facts)).toEqual(expected);
});

const first = (facts: Parameters<typeof domainFacts>[0]) => lines({ hosts: [], ...facts })[0];

test('F1: what the MX answer says is shown', () => {
  const signed = 'signed with DNSSEC';
  expect(first({ mx: none() })).toBe(`MX: none; ${signed}`);
  expect(first({ mx: none('secure', { isNameAbsent: true }) })).toBe(`MX: no such name; ${signed}`);
  expect(first({ mx: failed('bogus') })).toBe('MX: the look-up failed: its signatures are wrong');
  expect(first({ mx: found([{ preference: 0, exchange: '' }]) })).toBe(
    `MX: the domain takes no mail at all; ${signed}`,
  );
  expect(first({ mx: found([{ preference: 5, exchange: '192.0.2.1' }]) })).toBe(
    `MX: nothing is named that is a host; ${signed}`,
  );
  const aliased = found([{ preference: 5, exchange: 'a.example' }], 'secure', {
    alias: 'b.example',
  });
  expect(first({ mx: aliased })).toBe(`MX: a.example, by the alias b.example; ${signed}`);
});

test('F1: of 1000 MX records ten are shown, and that there are more', () => {
  const records = Array.from({ length: 1000 }, (_, n) => ({
    preference: n,
    exchange: `mx${n}.example`,
  }));
  const [mx = ''] = lines({ mx: found(records), hosts: [], moreHosts: true });
  expect(mx).toContain('mx9.example, and more; signed');
  expect(mx).not.toContain('mx10.example');
});

test('F5: what is announced, and what the policy says, is shown', () => {
  const record = found(['v=STSv1; id=1', 'v=STSv1; id=2']);
  const late = { kind: 'failed', why: 'HTTP status', detail: '404', ageMs: 0 } as const;
  expect(lines({ mtaSts: { record, policy: late }, hosts: [] }).slice(1)).toEqual([
    'MTA-STS record: several are announced, which counts as none; signed with DNSSEC',
    'MTA-STS policy: it is not known: its web server answered with an error (404)',
  ]);
  const patterns = Array.from({ length: 9 }, (_, n) => `mx${n}.example`);
  const kept = policy('testing', patterns, { kept: 'record vanished' });
  expect(lines({ mtaSts: { record: none(), policy: kept }, hosts: [] })[2]).toBe(
    'MTA-STS policy: mode testing for mx0.example, mx1.example, mx2.example, mx3.example, mx4.example and 4 more; kept, for it is no longer announced',
  );
});

test('F3: what is known of a host is shown', () => {
  const tlsa = found([{ ...keyRecord(), usage: 2 }, keyRecord()]);
  expect(ofHost({ tlsa })[1]).toBe('TLSA: 2 1 1, 3 1 1; signed with DNSSEC');
  expect(ofHost({ tlsa: failed() })[1]).toBe(
    'TLSA: the look-up failed: the name server had a fault',
  );
  expect(ofHost({ probe: NOT_PROBED })[2]).toBe(
    'server: not looked at: nobody asked to connect to it',
  );
  expect(ofHost({ probe: { kind: 'no STARTTLS', ageMs: 0 } })[2]).toBe(
    'server: STARTTLS is not offered',
  );
  const probe = seen(false, presented({ pkixFault: 'CERT_HAS_EXPIRED' }));
  expect(ofHost({ probe })[2]).toBe(
    'server: TLSv1.3, no certificate of a known authority (CERT_HAS_EXPIRED), REQUIRETLS not offered',
  );
});

test('F7: what a server wrote steers no terminal and fills no screen', () => {
  const detail = `\u001b[2J\r\n\u009b${'x'.repeat(1000)}`;
  const shown = ofHost({ probe: { kind: 'TLS failed', detail, ageMs: 0 } })[2] ?? '';
  expect(shown).toMatch(/^server: TLS failed \(\?\[2J\?{3}x+\)$/);
  expect(shown.length).toBeLessThan(130);
});
