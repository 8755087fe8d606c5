import * as fc from 'fast-check';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import type {
  Dnssec,
  DomainFacts,
  HostFacts,
  Looked,
  MtaStsFacts,
  PolicyFact,
  ProbeFact,
} from '../../shared/forecast/facts.ts';
import { WHY_NO_ANSWER, WHY_NO_POLICY, WHY_NOT_PROBED } from '../../shared/forecast/facts.ts';
import { FORECAST, VERDICTS, type Verdict } from '../../shared/forecast/forecast.ts';
import { hostsInOrder, type MailExchanger } from '../../shared/forecast/mx.ts';
import { policyAllowsMx } from '../../shared/forecast/mta-sts.ts';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
import { certificate, keyRecord, presented } from './forecast-facts.ts';

const NAMES = ['mx1.example.org', 'mx2.example.org', 'mx3.example.org', 'a.mx1.example.org'];

const ageMs = fc.nat({ max: 1_000_000 });
const dnssec = fc.constantFrom<Dnssec>('secure', 'insecure', 'unknown');
const source = fc.constantFrom('validated here' as const, 'resolver' as const, 'nobody' as const);
const alias = fc.constantFrom(undefined, 'alias.example.net');

function answerOf<Records>(records: fc.Arbitrary<Records>): fc.Arbitrary<Looked<Records>> {
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('found'), records, dnssec, source, alias, ageMs }),
    },
    fc.record({
      kind: fc.constant('none'),
      isNameAbsent: fc.boolean(),
      dnssec,
      source,
      alias,
      ageMs,
    }),
    fc.record({ kind: fc.constant('failed'), why: fc.constantFrom(...WHY_NO_ANSWER), ageMs }),
  );
}

const exchanger: fc.Arbitrary<MailExchanger> = fc.record({
  preference: fc.constantFrom(0, 10, 20),
  exchange: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NAMES) }, fc.constantFrom('', 'x')),
});

const tlsaRecord = fc.oneof(
  fc.constant(keyRecord()),
  fc.constant(keyRecord(certificate('other'))),
  fc.record({
    usage: fc.nat({ max: 4 }),
    selector: fc.nat({ max: 2 }),
    matchingType: fc.nat({ max: 3 }),
    data: fc.constantFrom('', 'ab', 'a'.repeat(64), 'b'.repeat(128)),
  }),
);

const probe: fc.Arbitrary<ProbeFact> = fc.oneof(
  fc.record({ kind: fc.constant('not seen'), why: fc.constantFrom(...WHY_NOT_PROBED), ageMs }),
  fc.record({ kind: fc.constant('no STARTTLS'), ageMs }),
  fc.record({ kind: fc.constant('TLS failed'), detail: fc.string(), ageMs }),
  fc.record({
    kind: fc.constant('seen'),
    tls: fc.constantFrom('TLSv1.2', 'TLSv1.3'),
    certificates: fc
      .record({ own: fc.boolean(), pkixFault: fc.option(fc.string(), { nil: undefined }) })
      .map(({ own, pkixFault }) =>
        presented({ chain: [certificate(own ? 'own' : 'stranger')], pkixFault }),
      ),
    requireTls: fc.boolean(),
    ageMs,
  }),
);

const hostFacts: fc.Arbitrary<HostFacts> = fc.record({
  host: fc.constantFrom(...NAMES, 'example.org'),
  addresses: answerOf(fc.constant(['192.0.2.1'])),
  tlsa: fc.option(answerOf(fc.array(tlsaRecord, { maxLength: 3 })), { nil: undefined }),
  probe,
});

const policyFact: fc.Arbitrary<PolicyFact> = fc.oneof(
  fc.record({
    kind: fc.constant('policy'),
    policy: fc.record({
      id: fc.constant('1'),
      mode: fc.constantFrom('enforce' as const, 'testing' as const, 'none' as const),
      mx: fc.subarray([...NAMES, '*.example.org', '*.mx1.example.org']),
      maxAgeSeconds: fc.constant(86_400),
    }),
    kept: fc.constantFrom(
      'as announced' as const,
      'record vanished' as const,
      'fetch failed' as const,
    ),
    ageMs,
  }),
  fc.constant({ kind: 'none' as const }),
  fc.record({ kind: fc.constant('failed'), why: fc.constantFrom(...WHY_NO_POLICY), ageMs }),
);

const mtaSts: fc.Arbitrary<MtaStsFacts> = fc.record({
  record: answerOf(fc.subarray(['v=STSv1; id=1;', 'v=STSv1; id=2;', 'v=spf1 -all'])),
  policy: policyFact,
});

/** Facts as the look-ups gather them: of each host that the MX answer leads to, or of some. */
const domainFacts: fc.Arbitrary<DomainFacts> = fc
  .record({
    mx: answerOf(fc.array(exchanger, { minLength: 1, maxLength: 5 })),
    mtaSts,
    hosts: fc.array(hostFacts, { minLength: 5, maxLength: 5 }),
    leavesOneOut: fc.boolean(),
  })
  .map(({ mx, hosts, leavesOneOut, ...facts }) => {
    const named = hostsInOrder('example.org', mx).hosts;
    const looked = hosts.flatMap((each, place) => {
      const name = named[place];
      return name === undefined ? [] : [{ ...each, host: name }];
    });
    const some = leavesOneOut ? looked.slice(0, -1) : looked;
    return { ...facts, domain: 'example.org', mx, hosts: some, moreHosts: false };
  });

/** Enough to find what a hand would not think of, and quick. */
const RUNS = { numRuns: 500 };

const rank = (verdict: Verdict) => VERDICTS.indexOf(verdict);

test('F6: a forecast is the weaker of its two answers, has a reason, and is as documented', () => {
  fc.assert(
    fc.property(domainFacts, (facts) => {
      const forecast = forecastFrom(facts);
      const { verdict, route, requireTls, reasons } = forecast;
      const isSeen = route === 'promised' && requireTls === 'observed';
      const isExcluded = route === 'will fail' || requireTls === 'will fail';
      expect(verdict === 'observed').toBe(isSeen);
      expect(verdict === 'will fail').toBe(isExcluded);
      expect(verdict === 'promised').toBe(route === 'promised' && requireTls === 'unknown');
      expect(reasons.length).toBeGreaterThan(0);
      expect(v.safeParse(FORECAST, forecast).success).toBe(true);
    }),
    RUNS,
  );
});

/** Everything that a resolver said, said by one that cannot tell. */
function untold<Records>(answer: Looked<Records>): Looked<Records> {
  return answer.kind === 'failed' ? answer : { ...answer, dnssec: 'unknown', source: 'nobody' };
}

test('F6: nothing is promised by what cannot be believed, but by an enforced policy', () => {
  fc.assert(
    fc.property(domainFacts, (facts) => {
      const { policy } = facts.mtaSts;
      fc.pre(policy.kind !== 'policy' || policy.policy.mode !== 'enforce');
      expect(forecastFrom({ ...facts, mx: untold(facts.mx) }).route).toBe('unknown');
    }),
    RUNS,
  );
});

test('F6: a resolver that cannot tell never makes a domain fail', () => {
  fc.assert(
    fc.property(domainFacts, (facts) => {
      const hosts = facts.hosts.map(({ addresses, tlsa, ...each }) => ({
        ...each,
        addresses: untold(addresses),
        tlsa: tlsa === undefined ? undefined : untold(tlsa),
      }));
      const record = untold(facts.mtaSts.record);
      const { verdict } = forecastFrom({
        ...facts,
        hosts,
        mx: untold(facts.mx),
        mtaSts: { ...facts.mtaSts, record },
      });
      expect(verdict).not.toBe('will fail');
    }),
    RUNS,
  );
});

/** Everything that a resolver said, and somebody on the way could have written. */
function inClear<Records>(answer: Looked<Records>): Looked<Records> {
  return answer.kind === 'failed' ? answer : { ...answer, dnssec: 'insecure', inClear: true };
}

const enforced = policyFact.filter(
  (each) => each.kind === 'policy' && each.policy.mode === 'enforce',
);

test('F6: beside an enforced policy answers in clear make a domain fail only by what it names', () => {
  fc.assert(
    fc.property(domainFacts, enforced, (facts, policy) => {
      const hosts = facts.hosts.map(({ addresses, tlsa, ...each }) => ({
        ...each,
        addresses: inClear(addresses),
        tlsa: tlsa === undefined ? undefined : inClear(tlsa),
      }));
      const record = inClear(facts.mtaSts.record);
      const forged = { ...facts, hosts, mx: inClear(facts.mx), mtaSts: { record, policy } };
      const { verdict, reasons } = forecastFrom(forged);
      if (verdict !== 'will fail') return;
      const codes = reasons.map(({ code }) => code);
      expect(codes).toEqual([
        'REQUIRETLS not offered',
        'answer in clear',
        'seen from this network',
      ]);
      const names = policy.kind === 'policy' ? policy.policy.mx : [];
      expect(policyAllowsMx(reasons[0]?.host ?? '', names)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('F6: errors in all look-ups never make a domain fail, nor promise anything', () => {
  fc.assert(
    fc.property(domainFacts, fc.constantFrom(...WHY_NO_ANSWER), (facts, why) => {
      const error = { kind: 'failed', why, ageMs: 0 } as const;
      const hosts = facts.hosts.map((each) => ({ ...each, addresses: error, tlsa: error }));
      expect(forecastFrom({ ...facts, mx: error, hosts }).verdict).toBe('unknown');
      fc.pre(hosts.length > 0);
      expect(['unknown', 'will fail']).toContain(forecastFrom({ ...facts, hosts }).verdict);
    }),
    RUNS,
  );
});

test('F6: an error in place of an answer never makes a domain fail that did not', () => {
  const error = { kind: 'failed', why: 'server failure', ageMs: 0 } as const;
  fc.assert(
    fc.property(domainFacts, fc.nat({ max: 4 }), (facts, place) => {
      const before = forecastFrom(facts).verdict;
      const failing = facts.hosts.map((each, n) => (n === place ? { ...each, tlsa: error } : each));
      const without = facts.hosts.map((each, n) =>
        n === place ? { ...each, addresses: error, tlsa: undefined } : each,
      );
      for (const changed of [
        { ...facts, mx: error, hosts: [] },
        { ...facts, hosts: failing },
        { ...facts, hosts: without },
      ]) {
        const after = forecastFrom(changed).verdict;
        if (before !== 'will fail') expect(after).not.toBe('will fail');
      }
    }),
    RUNS,
  );
});

test('F6: a host that was not looked at never makes it better than unknown, nor makes it fail', () => {
  fc.assert(
    fc.property(domainFacts, fc.nat({ max: 4 }), (facts, place) => {
      fc.pre(place < facts.hosts.length);
      const before = forecastFrom(facts).verdict;
      const after = forecastFrom({ ...facts, hosts: facts.hosts.toSpliced(place, 1) }).verdict;
      expect(rank(after)).toBeGreaterThanOrEqual(Math.min(rank(before), rank('unknown')));
      if (before !== 'will fail') expect(after).not.toBe('will fail');
    }),
    RUNS,
  );
});

test('F6: another host never makes the verdict worse', () => {
  fc.assert(
    fc.property(domainFacts, hostFacts, (facts, another) => {
      const { mx } = facts;
      fc.pre(mx.kind === 'found' && facts.hosts.length > 0);
      if (mx.kind !== 'found') return;
      const host = 'mx9.example.org';
      const more = {
        ...facts,
        mx: { ...mx, records: [...mx.records, { preference: 99, exchange: host }] },
        hosts: [...facts.hosts, { ...another, host }],
      };
      const before = rank(forecastFrom(facts).verdict);
      expect(rank(forecastFrom(more).verdict)).toBeLessThanOrEqual(before);
    }),
    RUNS,
  );
});

/** All records of all answers in another order. */
function reversed<Record>(answer: Looked<readonly Record[]>): Looked<readonly Record[]> {
  return answer.kind === 'found' ? { ...answer, records: answer.records.toReversed() } : answer;
}

test('F6: in whatever order records come, the forecast is the same, octet for octet', () => {
  fc.assert(
    fc.property(domainFacts, (facts) => {
      const other = {
        ...facts,
        mx: reversed(facts.mx),
        mtaSts: { ...facts.mtaSts, record: reversed(facts.mtaSts.record) },
        hosts: facts.hosts.map((each) => ({
          ...each,
          addresses: reversed(each.addresses),
          tlsa: each.tlsa === undefined ? undefined : reversed(each.tlsa),
        })),
      };
      expect(JSON.stringify(forecastFrom(other))).toBe(JSON.stringify(forecastFrom(facts)));
    }),
    RUNS,
  );
});

test('F7: what another program wrote comes into no forecast as it is, and not without a bound', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(domainFacts, text, (facts, octets) => {
      const hosts = facts.hosts.map((each) => ({
        ...each,
        probe: { kind: 'TLS failed', detail: octets, ageMs: 0 } as const,
      }));
      const json = JSON.stringify(forecastFrom({ ...facts, hosts }));
      expect(json).toMatch(/^[\x20-\x7e]*$/);
      expect(json.length).toBeLessThan(20_000);
    }),
    RUNS,
  );
});
