import { expect, test } from 'vitest';
import { LookUpBudget } from '../../proxy/forecast/look-ups/look-up-budget.ts';
import { LookUpCache } from '../../proxy/forecast/dns/look-up-cache.ts';
import {
  isLoopback,
  parseResolver,
  resolverText,
} from '../../proxy/forecast/dns/resolver-address.ts';
import { Resolver } from '../../proxy/forecast/look-ups/resolver.ts';
import { readRootKeys } from '../../proxy/forecast/validation/root-anchor.ts';
import {
  AD,
  answering,
  askedIn,
  dnsServer,
  mx,
  type Plays,
  soa,
  validating,
} from './dns-server.ts';
import { oneLookUp, openedResolver } from './opened-resolver.ts';

const READ = [
  ['192.0.2.1', '192.0.2.1:53'],
  ['192.0.2.1:5353', '192.0.2.1:5353'],
  ['2001:db8::1', '[2001:db8::1]:53'],
  ['[::1]:5353', '[::1]:5353'],
  ['https://dns.example/dns-query', 'https://dns.example/dns-query'],
  ['https://dns.example:8443/q?x=1#y', 'https://dns.example:8443/q?x=1'],
  ['tls://dns.example', 'tls://dns.example:853'],
  ['tls://192.0.2.1:8853', 'tls://192.0.2.1:8853'],
  ['tls://[2001:db8::1]', 'tls://[2001:db8::1]:853'],
] as const;

test.for(READ)('the resolver "%s" is %s', ([written, text]) => {
  const [address, ...others] = parseResolver(written);
  expect(others).toEqual([]);
  expect(address?.kind).not.toBe('system');
  if (address !== undefined && address.kind !== 'system') expect(resolverText(address)).toBe(text);
});

const WRONG = [
  ['', 'is no resolver'],
  ['dns.example', 'is no resolver'],
  ['192.0.2.1:0', 'is no resolver'],
  ['192.0.2.1:70000', 'is no resolver'],
  ['192.0.2', 'is no resolver'],
  ['http://dns.example/', 'write https://'],
  ['udp://192.0.2.1', 'neither https:// nor tls://'],
  ['tls://dns.example/query', 'more in it than'],
  ['https://a:b@dns.example/', 'without a user name'],
  ['https://dns.example/dns-query{?dns}', 'in braces'],
  ['https://', 'is not an address'],
] as const;

test.for(WRONG)('"%s" is refused as a resolver: %s', ([written, why]) => {
  expect(() => parseResolver(written)).toThrow(why);
});

test('this computer is 127.0.0.0/8 and ::1, and nothing else', () => {
  for (const address of ['127.0.0.1', '127.0.0.53', '127.255.0.1', '::1', '0:0:0:0:0:0:0:1']) {
    expect(isLoopback(address), address).toBe(true);
  }
  for (const address of [
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    'fe80::1',
    '2001:db8::1',
  ]) {
    expect(isLoopback(address), address).toBe(false);
  }
});

test('nothing leaves before the first look-up, not even for a description', async () => {
  await using server = await dnsServer(() => []);
  await using resolver = await openedResolver(server.address);
  expect(resolver.describe()).toEqual({
    resolver: server.address,
    inClear: false,
    validator: 'none',
  });
  expect(server.asked).toEqual([]);
});

test('F7: an answer is kept, the same question is asked once, and both cost no more', async () => {
  await using server = await dnsServer(
    validating((query) => [answering(query, { answers: [mx('a.example')], flags: AD })]),
  );
  await using resolver = await openedResolver(server.address);
  const budget = oneLookUp(3);
  const look = async () => resolver.look('a.example', 'MX', budget);
  await Promise.all([look(), look(), look()]);
  expect(server.asked).toEqual(['UDP MX a.example', 'UDP SOA .']);
  expect(budget.spent).toBe(3);
  expect(await look()).toMatchObject({ kind: 'found', dnssec: 'secure' });
  expect(budget.spent).toBe(3);
  expect(budget.freshForMs).toBeLessThanOrEqual(300_000);
  expect(budget.freshForMs).toBeGreaterThan(200_000);
});

test('F7: a domain may cause no more look-ups than its budget has', async () => {
  await using server = await dnsServer((query) => [answering(query)]);
  await using resolver = await openedResolver(server.address);
  const budget = oneLookUp(2);
  const looked = await Promise.all(
    ['a.example', 'b.example', 'c.example'].map(async (name) => resolver.look(name, 'MX', budget)),
  );
  expect(looked.map(({ kind }) => kind)).toEqual(['none', 'none', 'failed']);
  expect(looked[2]).toMatchObject({ why: 'too many look-ups' });
  expect(server.asked.filter((asked) => asked.includes('MX')).length).toBe(2);
});

test('F6: after the deadline of a budget the answer is "timed out" at once', async () => {
  await using server = await dnsServer(() => []);
  await using resolver = await openedResolver(server.address);
  const over = new LookUpBudget({ lookUps: 9, deadline: AbortSignal.abort(new Error('over')) });
  expect(await resolver.look('a.example', 'MX', over)).toMatchObject({ why: 'timed out' });
  expect(server.asked).toEqual([]);
});

const DAY_SECONDS = 86_400;

const KEPT: readonly (readonly [what: string, plays: Plays, seconds: number])[] = [
  ['a fault for five seconds', (query) => [answering(query, { rcode: 2 })], 5],
  [
    'a denial for five minutes at most',
    (query) => {
      const authorities = [soa('example', DAY_SECONDS, DAY_SECONDS)];
      return [answering(query, { rcode: 3, authorities, flags: AD })];
    },
    300,
  ],
  [
    'records for an hour at most',
    (query) => [
      answering(query, { answers: [mx('a.example', 'mx.example', DAY_SECONDS)], flags: AD }),
    ],
    3600,
  ],
  [
    'what is not to be kept for five seconds',
    (query) => [answering(query, { answers: [mx('a.example', 'mx.example', 0)], flags: AD })],
    5,
  ],
];

test.for(KEPT)('RFC 2308 §5, RFC 1035 §3.2.1: %s is kept', async ([, plays, seconds]) => {
  await using server = await dnsServer(validating(plays));
  await using resolver = await openedResolver(server.address);
  const budget = oneLookUp();
  await resolver.look('a.example', 'MX', budget);
  expect(budget.freshForMs).toBe(seconds * 1000);
});

const UNHELPFUL: readonly (readonly [does: string, plays: Plays])[] = [
  ['says nothing', () => []],
  ['refuses', (query) => [answering(query, { rcode: 5 })]],
  ['does not know how', (query) => [answering(query, { rcode: 4 })]],
  ['looks nothing up for others', (query) => [withoutRecursion(answering(query))]],
  ['answers what is broken', (query) => [answering(query).subarray(0, -1)]],
];

function withoutRecursion(octets: Buffer): Buffer {
  octets.writeUInt16BE(octets.readUInt16BE(2) & ~0x0080, 2);
  return octets;
}

test.for(UNHELPFUL)('of two resolvers the second is asked when the first %s', async ([, plays]) => {
  await using first = await dnsServer(plays);
  await using second = await dnsServer((query) => [
    answering(query, { answers: [mx('a.example')] }),
  ]);
  const resolver = await Resolver.open({
    address: [...parseResolver(first.address), ...parseResolver(second.address)],
    trust: [],
    environment: {},
  });
  try {
    expect(await resolver.look('a.example', 'MX', oneLookUp())).toMatchObject({ kind: 'found' });
    expect(first.asked[0]).toBe('UDP MX a.example');
    expect(second.asked[0]).toBe('UDP MX a.example');
  } finally {
    await resolver.close();
  }
});

test('SERVFAIL is an answer: no other resolver is asked whether it is less careful', async () => {
  await using first = await dnsServer((query) => [answering(query, { rcode: 2 })]);
  await using second = await dnsServer((query) => [answering(query)]);
  const resolver = await Resolver.open({
    address: [...parseResolver(first.address), ...parseResolver(second.address)],
    trust: [],
    environment: {},
  });
  try {
    const looked = await resolver.look('a.example', 'TLSA', oneLookUp());
    expect(looked).toMatchObject({ kind: 'failed', why: 'server failure' });
    expect(second.asked).toEqual([]);
  } finally {
    await resolver.close();
  }
});

test.for([
  ['a minute, when the resolver does not vouch', true, 60_000],
  ['five seconds, when it could not be asked whether it does', false, 5000],
] as const)('F6: what nobody vouches for is kept for %s', async ([, answersCanary, ms]) => {
  await using server = await dnsServer((query) => {
    if (askedIn(query).type !== 'SOA')
      return [answering(query, { answers: [mx('a.example', 'mx.example', 3600)] })];
    return answersCanary ? [answering(query, { answers: [soa('.')] })] : [];
  });
  await using resolver = await openedResolver(server.address);
  const budget = oneLookUp();
  expect(await resolver.look('a.example', 'MX', budget)).toMatchObject({ dnssec: 'unknown' });
  expect(budget.freshForMs).toBe(ms);
});

test.for([
  ['ten questions of one domain', 1, 10],
  ['forty of many', 200, 40],
] as const)('F7: no more than %s are under way at once', async ([, domains, most]) => {
  await using server = await dnsServer((query) =>
    askedIn(query).type === 'SOA' ? [answering(query)] : [],
  );
  await using resolver = await openedResolver(server.address);
  const deadline = AbortSignal.timeout(1500);
  const budgets = Array.from(
    { length: domains },
    () => new LookUpBudget({ lookUps: 200, deadline }),
  );
  const looks = Array.from({ length: 200 }, async (_, at) => {
    const budget = budgets[at % domains];
    if (budget !== undefined) await resolver.look(`n${at}.example`, 'MX', budget);
  });
  await Promise.all(looks);
  expect(new Set(server.asked).size).toBe(most);
});

test('what is kept has a limit, and what was not used for longest is forgotten first', () => {
  let now = 0;
  const cache = new LookUpCache<string>(100, () => now);
  cache.set('a', 'A', 1000, 40);
  cache.set('b', 'B', 1000, 40);
  now = 10;
  expect(cache.get('a')).toEqual({ value: 'A', ageMs: 10, lifeMs: 990 });
  cache.set('c', 'C', 1000, 40);
  expect(cache.get('b')).toBeUndefined();
  expect(cache.get('a')?.value).toBe('A');
  now = 1000;
  expect(cache.get('a')).toBeUndefined();
  cache.set('large', 'L', 1000, 101);
  expect(cache.get('large')).toBeUndefined();
});

test('RFC 7958: root keys are read as zone files and unbound-anchor have them', () => {
  const digest = 'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D';
  const text = `; a comment
.\t\t\tIN DS 20326 8 2 ${digest.slice(0, 56)} ${digest.slice(56)}
.\t172800\tIN\tDNSKEY\t257 3 8 AwEAAaz/tAm8 ;{id = 38696 (ksk), size = 2048b} ;;state=2 [  VALID  ]
.\t172800\tIN\tDNSKEY\t257 3 8 AwEAREVOKED ;{id = 1 (ksk), size = 2048b} ;;state=4 [ REVOKED ]
`;
  expect(readRootKeys(text)).toEqual([
    { type: 'DS', numbers: [20326, 8, 2], key: digest },
    { type: 'DNSKEY', numbers: [257, 3, 8], key: 'AwEAAaz/tAm8' },
  ]);
});

test.for([
  ['', 'no DS or DNSKEY record'],
  ['example. IN DS 1 8 2 AA', 'a line that is no DS or DNSKEY'],
  ['. IN DS 1 8 2 AA"\n  forward-addr: 192.0.2.1', 'a line that is no DS or DNSKEY'],
  ['x'.repeat(70_000), 'too large'],
] as const)('a root anchor that is none is refused: %s', ([text, why]) => {
  expect(() => readRootKeys(text)).toThrow(why);
});
