import dns from 'node:dns';
import { expect, test, vi } from 'vitest';
import { DnsExchange } from '../../proxy/forecast/dns/dns-exchange.ts';
import {
  AD,
  answering,
  askedIn,
  type DnsServer,
  dnsServer,
  mx,
  soa,
} from '../protocol/dns-server.ts';
import { oneLookUp, openedResolver } from '../protocol/opened-resolver.ts';
import { later } from '../stopped-clock.ts';

/** A resolver on this computer, and what becomes of it in each network. */
type Moving = { vouches: boolean; says: 'with AD' | 'without' | 'nonsense' };

async function movingResolver(now: Moving): Promise<DnsServer> {
  return await dnsServer((query) => {
    const { name, type } = askedIn(query);
    const isCanary = type === 'SOA';
    const isAuthentic = isCanary ? now.vouches : now.says === 'with AD';
    const answers = isCanary ? [soa('.')] : [mx(name)];
    const answer = answering(query, { answers, flags: isAuthentic ? AD : 0 });
    return [now.says === 'nonsense' && !isCanary ? answer.subarray(0, -1) : answer];
  });
}

const canaries = (server: DnsServer) =>
  server.asked.filter((asked) => asked.includes('SOA')).length;

test('F2: what lacks the AD bit is not signed only if the resolver sets that bit just then', async () => {
  const now: Moving = { vouches: true, says: 'with AD' };
  await using server = await movingResolver(now);
  await using resolver = await openedResolver(server.address);
  const home = await resolver.look('home.example', 'MX', oneLookUp());
  expect(home).toMatchObject({ dnssec: 'secure', source: 'resolver' });

  // Elsewhere it cannot validate, as systemd-resolved with `DNSSEC=allow-downgrade`.
  Object.assign(now, { vouches: false, says: 'without' });
  using _time = later(4000);
  const elsewhere = await resolver.look('elsewhere.example', 'MX', oneLookUp());
  expect(elsewhere).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
});

test('F7: for all that lacks it in a few seconds the root is asked for once', async () => {
  const now: Moving = { vouches: true, says: 'without' };
  await using server = await movingResolver(now);
  await using resolver = await openedResolver(server.address);
  const looks = async (domain: string) => {
    const names = Array.from({ length: 20 }, (_, at) => `n${at}.${domain}`);
    return await Promise.all(names.map(async (name) => resolver.look(name, 'MX', oneLookUp())));
  };
  for (const looked of await looks('a.example'))
    expect(looked).toMatchObject({ dnssec: 'insecure' });
  await looks('b.example');
  expect(canaries(server)).toBe(1);
  using _time = later(4000);
  for (const looked of await looks('c.example'))
    expect(looked).toMatchObject({ dnssec: 'insecure' });
  expect(canaries(server)).toBe(2);
});

test('F7: what has it is believed for minutes without another question', async () => {
  await using server = await movingResolver({ vouches: true, says: 'with AD' });
  await using resolver = await openedResolver(server.address);
  await resolver.look('a.example', 'MX', oneLookUp());
  using _time = later(500_000);
  const looked = await resolver.look('b.example', 'MX', oneLookUp());
  expect(looked).toMatchObject({ dnssec: 'secure' });
  expect(canaries(server)).toBe(1);
});

test('F2: after a fault the network may be another one, and the root is asked for again', async () => {
  const now: Moving = { vouches: true, says: 'with AD' };
  await using server = await movingResolver(now);
  await using resolver = await openedResolver(server.address);
  await resolver.look('home.example', 'MX', oneLookUp());
  now.says = 'nonsense';
  const lost = await resolver.look('lost.example', 'MX', oneLookUp());
  expect(lost).toMatchObject({ kind: 'failed', why: 'malformed' });

  // There it passes on bits that it has not checked.
  Object.assign(now, { vouches: false, says: 'with AD' });
  const elsewhere = await resolver.look('elsewhere.example', 'MX', oneLookUp());
  expect(elsewhere).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
});

test('the system is asked anew, after half a minute, which resolvers it uses', () => {
  const system = vi.spyOn(dns.Resolver.prototype, 'getServers');
  try {
    const exchange = new DnsExchange([{ kind: 'system' }], []);
    const servers = () => exchange.servers.map(({ text }) => text);
    system.mockReturnValue(['192.0.2.1', '192.0.2.2']);
    expect(servers()).toEqual(['192.0.2.1:53', '192.0.2.2:53']);
    const [, staying] = exchange.servers;
    system.mockReturnValue(['192.0.2.2', '[2001:db8::1]:5353']);
    expect(servers()).toEqual(['192.0.2.1:53', '192.0.2.2:53']);
    using _time = later(31_000);
    expect(servers()).toEqual(['192.0.2.2:53', '[2001:db8::1]:5353']);
    expect(exchange.servers[0]).toBe(staying); // with what is known of it
    exchange.close();
  } finally {
    system.mockRestore();
  }
});
