import { expect, test } from 'vitest';
import { type Question, TYPES } from '../../proxy/forecast/dns/dns-message.ts';
import { DnsOverHttps } from '../../proxy/forecast/dns/dns-over-https.ts';
import { DnsOverTls } from '../../proxy/forecast/dns/dns-over-tls.ts';
import { answering, askedIn, mx, type Plays, validating } from '../protocol/dns-server.ts';
import { oneLookUp, openedResolver } from '../protocol/opened-resolver.ts';
import { later } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { dohServer, dotServer, type EncryptedResolver } from './encrypted-resolvers.ts';
import { heldWay } from './held-way.ts';
import { leaf, root } from './server-certificates.ts';

const OVER = ['TLS', 'HTTPS'] as const;
type Over = (typeof OVER)[number];

const UNANSWERED = 'silent.example';

const answers: Plays = validating((query) => {
  const { name } = askedIn(query);
  return name === UNANSWERED ? [] : [answering(query, { answers: [mx(name)] })];
});

async function serverOver(over: Over, plays = answers): Promise<EncryptedResolver> {
  const certificate = await leaf();
  if (over === 'TLS') return await dotServer(certificate, plays);
  return await dohServer(certificate, (query) => {
    const [body] = plays(query, 'TCP');
    return body === undefined ? 'nothing' : { body };
  });
}

/** The one who asks, with its connection, and without anybody who would ask again. */
function clientOver(over: Over, port: number) {
  const client =
    over === 'TLS'
      ? new DnsOverTls({ host: 'localhost', port }, [root.cert])
      : new DnsOverHttps(`https://localhost:${port}/dns-query`, [root.cert]);
  return {
    ask: async (name: string, signal = AbortSignal.timeout(5000)) =>
      client.ask(questionOf(name), signal),
    [Symbol.dispose]: () => client.close(),
  };
}

type Client = ReturnType<typeof clientOver>;

function questionOf(name: string): Question {
  return { name, type: TYPES.MX, checkingDisabled: false };
}

/** Asks, waits until that is so, lets time go by, and gives up. */
async function inVain(
  client: Client,
  name: string,
  isThere: () => boolean,
  ms = 2000,
): Promise<void> {
  const late = new AbortController();
  const asked = client.ask(name, late.signal);
  asked.catch(() => undefined); // awaited below
  await waitUntil(isThere, 5000, () => `nobody asks for ${name}`);
  using _time = later(ms);
  late.abort(new Error('late'));
  await expect(asked).rejects.toThrow('late');
}

test.for(OVER)(
  'F6: a connection over %s that died without a word is left by the second try of each question',
  async (over) => {
    await using server = await serverOver(over);
    await using way = await heldWay(server.port);
    const path = over === 'TLS' ? '' : '/dns-query';
    const address = `${over.toLowerCase()}://localhost:${way.port}${path}`;
    await using resolver = await openedResolver(address, [root.cert]);
    const looks = async (names: readonly string[]) =>
      await Promise.all(names.map(async (name) => resolver.look(name, 'MX', oneLookUp())));

    await looks(['before.example']);
    way.hold();
    for (const looked of await looks(['a.example', 'b.example', 'c.example', 'd.example'])) {
      expect(looked).toMatchObject({ kind: 'found' });
    }
    await looks(['after.example']);
    await waitUntil(
      () => way.connections().open === 1,
      5000,
      () => 'the dead one is held',
    );
    expect(way.connections().made).toBe(2);
  },
);

test.for(OVER)('over %s, what is only slow is kept as long as anything arrives', async (over) => {
  await using server = await serverOver(over);
  await using way = await heldWay(server.port);
  using client = clientOver(over, way.port);
  const late = new AbortController();
  const slow = client.ask(UNANSWERED, late.signal);
  slow.catch(() => undefined); // awaited below
  await waitUntil(
    () => server.asked() === 1,
    5000,
    () => 'nobody asks',
  );
  await client.ask('a.example');
  using _time = later(2000);
  late.abort(new Error('late'));
  await expect(slow).rejects.toThrow('late');
  await client.ask('b.example');
  expect(way.connections().made).toBe(1);
});

test.for(OVER)('over %s, a question that had no time proves nothing', async (over) => {
  await using server = await serverOver(over);
  await using way = await heldWay(server.port);
  using client = clientOver(over, way.port);
  await client.ask('a.example');
  await inVain(client, UNANSWERED, () => server.asked() === 2, 0);
  await client.ask('b.example');
  expect(way.connections().made).toBe(1);
});

test.for(OVER)(
  'over %s, no question leaves more than one connection behind, though none is answered',
  async (over) => {
    await using server = await serverOver(over, () => []);
    await using way = await heldWay(server.port);
    using client = clientOver(over, way.port);
    for (let tries = 1; tries <= 8; tries += 1) {
      await inVain(client, UNANSWERED, () => server.asked() === tries);
    }
    expect(way.connections().made).toBeGreaterThan(2);
    expect(way.connections().made).toBeLessThanOrEqual(1 + 4); // of two tries each
  },
);

test.for(OVER)(
  'over %s, what a silent connection says after all is heard, and then it is closed',
  async (over) => {
    await using server = await serverOver(over);
    await using way = await heldWay(server.port);
    using client = clientOver(over, way.port);
    await client.ask('a.example');
    way.hold();
    const slow = client.ask('slow.example');
    slow.catch(() => undefined); // awaited below
    await inVain(client, UNANSWERED, () => way.isHolding());
    await client.ask('b.example');
    expect(way.connections()).toEqual({ made: 2, open: 2 });
    way.release();
    expect(await slow).toMatchObject({ rcode: 0 });
    await waitUntil(
      () => way.connections().open === 1,
      5000,
      () => 'the old one is held',
    );
    await client.ask('c.example');
    expect(way.connections().made).toBe(2);
  },
);
