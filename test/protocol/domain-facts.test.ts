import { setMaxListeners } from 'node:events';
import { expect, test } from 'vitest';
import { domainFacts } from '../../proxy/forecast/domain-facts.ts';
import type { DomainLookUps } from '../../proxy/forecast/domain-look-ups.ts';
import { LookUpBudget } from '../../proxy/forecast/look-ups/look-up-budget.ts';
import type { LookedAtFor } from '../../proxy/forecast/mail-server/mx-probe.ts';
import type { Looked, ProbeFact } from '../../shared/forecast/facts.ts';
import { certificate, keyRecord, presented } from '../shared/forecast-facts.ts';

type Records = readonly unknown[];

/** Answers by `NAME TYPE`; what does not stand there is not. */
type Answers = Readonly<Record<string, Looked<Records> | Promise<never>>>;

const never = new Promise<never>(() => undefined);
const SEEN: ProbeFact = { kind: 'no STARTTLS', ageMs: 5 };

function found(records: Records, dnssec: 'secure' | 'insecure' = 'secure', alias?: string) {
  return {
    kind: 'found',
    records,
    dnssec,
    source: 'resolver',
    inClear: dnssec !== 'secure',
    alias,
    ageMs: 1,
  } as const;
}

function failed(why: 'bogus' | 'server failure') {
  return { kind: 'failed', why, ageMs: 1 } as const;
}

const NONE = {
  kind: 'none',
  isNameAbsent: false,
  dnssec: 'secure',
  source: 'resolver',
  inClear: false,
  ageMs: 1,
} as const;

const ONE_HOST = { 'example.org MX': found([{ preference: 0, exchange: 'mx.example.org' }]) };
const V4 = { 'mx.example.org A': found(['192.0.2.1']) };

/** Look-ups that are answered from a table, and what they asked. */
function lookUps(
  answers: Answers,
  given: Partial<DomainLookUps> & { lastSeen?: ProbeFact; looksForEver?: boolean } = {},
) {
  const asked: string[] = [];
  const probed: string[] = [];
  const lookedAtFor: LookedAtFor[] = [];
  const deadline = given.deadline ?? new AbortController().signal;
  setMaxListeners(100, deadline);
  const look = async (name: string, type: string) => {
    asked.push(`${name} ${type}`);
    return await (answers[`${name} ${type}`] ?? NONE);
  };
  const with_: DomainLookUps = {
    sources: {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table says what records there are
      resolver: { look: look as DomainLookUps['sources']['resolver']['look'] },
      mtaSts: {
        factsOf: async (domain, { txt }) => ({
          record: await txt(`_mta-sts.${domain}`),
          policy: { kind: 'none' },
        }),
      },
      mayConnectTo: () => true,
      mxProbe: {
        probe: (host, _, it) => {
          probed.push(host);
          lookedAtFor.push(it);
          if (given.looksForEver === true) return never;
          return Promise.resolve({ kind: 'not seen', why: 'timed out', ageMs: 0 });
        },
        lastSeen: () => Promise.resolve(given.lastSeen),
      },
    },
    budget: new LookUpBudget({ lookUps: 50, deadline }),
    deadline,
    probe: false,
    probeWaitMs: 1000,
    ...given,
  };
  return { asked, probed, lookedAtFor, facts: async () => await domainFacts('example.org', with_) };
}

test('F2, F5: the MX records and the MTA-STS record are asked at once, then all hosts at once', async () => {
  const mx = [1, 2].map((n) => ({ preference: n, exchange: `mx${n}.example.org` }));
  const { asked, facts } = lookUps({ 'example.org MX': found(mx), 'mx1.example.org A': never });
  void facts();
  await expect.poll(() => asked.length).toBe(6);
  expect(asked.slice(0, 2).toSorted()).toEqual(['_mta-sts.example.org TXT', 'example.org MX']);
  expect(asked.slice(2).toSorted()).toEqual(
    ['mx1', 'mx2'].flatMap((one) => [`${one}.example.org A`, `${one}.example.org AAAA`]).toSorted(),
  );
});

test('F3, RFC 7672 §2.2.2: TLSA records are asked for where the addresses are secure', async () => {
  const { asked, facts } = lookUps({ ...ONE_HOST, ...V4 });
  expect((await facts()).hosts[0]?.tlsa).toEqual(NONE);
  expect(asked).toContain('_25._tcp.mx.example.org TLSA');
});

test('F3, RFC 7672 §2.2.2: they are not asked for where the addresses are insecure', async () => {
  const { asked, facts } = lookUps({
    ...ONE_HOST,
    'mx.example.org A': found(['192.0.2.1'], 'insecure'),
  });
  expect((await facts()).hosts[0]?.tlsa).toBeUndefined();
  expect(asked.join()).not.toContain('TLSA');
});

const ALIAS = { 'mx.example.org A': found(['192.0.2.1'], 'secure', 'mail.example.net') };
const RECORDS = found([{ usage: 3, selector: 1, matchingType: 1, data: 'ab' }]);

test('F3, RFC 7672 §2.2.3: the end of a chain of aliases comes before its beginning', async () => {
  const { asked, facts } = lookUps({
    ...ONE_HOST,
    ...ALIAS,
    '_25._tcp.mail.example.net TLSA': RECORDS,
  });
  expect((await facts()).hosts[0]?.tlsa).toEqual(RECORDS);
  expect(asked).not.toContain('_25._tcp.mx.example.org TLSA');
});

test('F3, RFC 7672 §2.2.3: its beginning counts where there are none at its end', async () => {
  const { facts } = lookUps({ ...ONE_HOST, ...ALIAS, '_25._tcp.mx.example.org TLSA': RECORDS });
  expect((await facts()).hosts[0]?.tlsa).toEqual(RECORDS);
});

test('F3, RFC 7672 §2.2.3: insecure ones at its end are none', async () => {
  const { facts } = lookUps({
    ...ONE_HOST,
    ...ALIAS,
    '_25._tcp.mail.example.net TLSA': found(RECORDS.records, 'insecure'),
    '_25._tcp.mx.example.org TLSA': RECORDS,
  });
  expect((await facts()).hosts[0]?.tlsa).toEqual(RECORDS);
});

test('F3: SERVFAIL at its end is not "none": its beginning is not asked', async () => {
  const { asked, facts } = lookUps({
    ...ONE_HOST,
    ...ALIAS,
    '_25._tcp.mail.example.net TLSA': failed('server failure'),
    '_25._tcp.mx.example.org TLSA': RECORDS,
  });
  expect((await facts()).hosts[0]?.tlsa).toEqual(failed('server failure'));
  expect(asked).not.toContain('_25._tcp.mx.example.org TLSA');
});

test('F3, RFC 7672 §3.2.2, §8.1: with the records comes the name that they are at', async () => {
  const none = lookUps({ ...ONE_HOST, ...ALIAS }, { probe: true });
  const end = { '_25._tcp.mail.example.net TLSA': RECORDS };
  const start = { '_25._tcp.mx.example.org TLSA': RECORDS };
  const atEnd = lookUps({ ...ONE_HOST, ...ALIAS, ...end }, { probe: true });
  const atStart = lookUps({ ...ONE_HOST, ...ALIAS, ...start }, { probe: true });
  const usable = lookUps(
    { ...ONE_HOST, ...ALIAS, '_25._tcp.mail.example.net TLSA': found([keyRecord()]) },
    { probe: true },
  );
  expect((await atEnd.facts()).hosts[0]?.tlsaBase).toBe('mail.example.net');
  expect((await atStart.facts()).hosts[0]?.tlsaBase).toBeUndefined();
  await none.facts();
  await usable.facts();
  expect(await none.lookedAtFor[0]?.serverName()).toBe('mx.example.org');
  expect(await usable.lookedAtFor[0]?.serverName()).toBe('mail.example.net');
});

const UNSIGNED_END = { 'mx.example.org A': found(['192.0.2.1'], 'insecure', 'mail.example.net') };

test('F3, RFC 7672 §2.2.2: of an alias of what is not signed CNAME is asked first', async () => {
  const unsigned = { 'mx.example.org CNAME': found(['mail.example.net'], 'insecure') };
  const { asked, facts } = lookUps({ ...ONE_HOST, ...UNSIGNED_END, ...unsigned });
  expect((await facts()).hosts[0]).toMatchObject({
    cname: unsigned['mx.example.org CNAME'],
    tlsa: undefined,
  });
  expect(asked.join()).not.toContain('TLSA');
  const signed = lookUps({
    ...ONE_HOST,
    ...UNSIGNED_END,
    'mx.example.org CNAME': found(['mail.example.net']),
    '_25._tcp.mx.example.org TLSA': RECORDS,
  });
  expect((await signed.facts()).hosts[0]?.tlsa).toEqual(RECORDS);
  expect(signed.asked.filter((one) => one.endsWith('TLSA'))).toHaveLength(1);
});

const V6 = { 'mx.example.org AAAA': found(['2001:db8::1'], 'insecure') };

test.each([
  ['both', { ...V4, ...V6 }, { ...found(['192.0.2.1', '2001:db8::1'], 'insecure') }],
  ['one, and no other', V4, found(['192.0.2.1'])],
  ['one, and a failure', { ...V6, 'mx.example.org A': failed('bogus') }, V6['mx.example.org AAAA']],
  ['none', {}, NONE],
  [
    'none, by the word of somebody who cannot tell',
    { 'mx.example.org AAAA': { ...NONE, dnssec: 'unknown' } },
    { ...NONE, dnssec: 'unknown' },
  ],
  [
    'none, one of them in a zone without signatures',
    { 'mx.example.org A': { ...NONE, dnssec: 'insecure', inClear: true } },
    { ...NONE, dnssec: 'insecure', inClear: true },
  ],
  ['none and a failure', { 'mx.example.org AAAA': failed('bogus') }, failed('bogus')],
  [
    'two failures, of which bogus tells more',
    {
      'mx.example.org A': failed('server failure'),
      'mx.example.org AAAA': failed('bogus'),
    },
    failed('bogus'),
  ],
] as const)('addresses of both families are one fact: %s', async (_what, answers, addresses) => {
  const { facts } = lookUps({ ...ONE_HOST, ...answers });
  expect((await facts()).hosts[0]?.addresses).toEqual(addresses);
});

test('F7: no mail server is connected to unless it was allowed; what was seen before counts', async () => {
  const { probed, facts } = lookUps({ ...ONE_HOST, ...V4 }, { lastSeen: SEEN });
  expect((await facts()).hosts[0]?.probe).toEqual(SEEN);
  expect(probed).toEqual([]);
});

test('F4: a connection that comes to nothing does not hide what was seen before', async () => {
  const { probed, facts } = lookUps({ ...ONE_HOST, ...V4 }, { lastSeen: SEEN, probe: true });
  expect((await facts()).hosts[0]?.probe).toEqual(SEEN);
  expect(probed).toEqual(['mx.example.org']);
});

test.each([
  ['yes', found([keyRecord()])],
  ['no', found([keyRecord(certificate('other'))])],
  ['does not apply', found([keyRecord()], 'insecure')],
  ['does not apply', found([{ ...keyRecord(), usage: 1 }])],
  ['does not apply', NONE],
  ['unknown', failed('server failure')],
] as const)(
  'F3: whoever looks at a host learns what DANE says of it: %s (%#)',
  async (says, tlsa) => {
    const given = { ...ONE_HOST, ...V4, '_25._tcp.mx.example.org TLSA': tlsa };
    const { lookedAtFor, facts } = lookUps(given, { probe: true });
    await facts();
    expect(await lookedAtFor[0]?.vouches(presented({ pkixFault: undefined }))).toBe(says);
  },
);

test('F4: nor is a host connected to that has no address', async () => {
  const { probed, facts } = lookUps(ONE_HOST, { probe: true });
  expect((await facts()).hosts[0]?.probe).toMatchObject({ why: 'no address' });
  expect(probed).toEqual([]);
});

test('F4: a mail server that takes its time is not waited for; what was seen before counts', async () => {
  const given = { probe: true, probeWaitMs: 0, lastSeen: SEEN, looksForEver: true };
  const { probed, facts } = lookUps({ ...ONE_HOST, ...V4 }, given);
  expect((await facts()).hosts[0]?.probe).toEqual(SEEN);
  expect(probed).toEqual(['mx.example.org']);
});

test('F6: what has not come by the deadline failed, and what has come is told', async () => {
  const deadline = new AbortController();
  const { asked, facts } = lookUps(
    { ...ONE_HOST, ...V4, '_mta-sts.example.org TXT': never, 'mx.example.org AAAA': never },
    { deadline: deadline.signal },
  );
  const gathered = facts();
  await expect.poll(() => asked.length).toBe(4);
  deadline.abort();
  expect(await gathered).toMatchObject({
    mx: ONE_HOST['example.org MX'],
    hosts: [{ host: 'mx.example.org', addresses: { kind: 'failed', why: 'timed out' } }],
    mtaSts: { record: { why: 'timed out' }, policy: { kind: 'failed', why: 'timed out' } },
  });
});

test('F1: of a thousand mail hosts ten are looked at, and it is said that there are more', async () => {
  const mx = Array.from({ length: 1000 }, (_, n) => ({
    preference: n,
    exchange: `mx${n}.example`,
  }));
  const { asked, facts } = lookUps({ 'example.org MX': found(mx) });
  const { hosts, moreHosts } = await facts();
  expect({ hosts: hosts.length, moreHosts, asked: asked.length }).toEqual({
    hosts: 10,
    moreHosts: true,
    asked: 22,
  });
});
