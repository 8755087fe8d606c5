import net from 'node:net';
import { expect, test } from 'vitest';
import { answering, askedIn, mx, type Plays, validating } from '../protocol/dns-server.ts';
import { oneLookUp, openedResolver } from '../protocol/opened-resolver.ts';
import { later } from '../stopped-clock.ts';
import {
  dohServer,
  dotServer,
  ending,
  NAME,
  opened,
  type Served,
  truly,
} from './encrypted-resolvers.ts';
import { type Issued, issued, SERVER } from './issued-certificate.ts';
import { leaf, NAMED, named, root } from './server-certificates.ts';

const unsigned: Plays = (query) => [answering(query, { answers: [mx(askedIn(query).name)] })];

async function lookedUp(address: string) {
  await using resolver = await openedResolver(address, [root.cert]);
  return await resolver.look(NAME, 'MX', oneLookUp());
}

/** It is reached, and to ask again is of no use. */
const NOT_VERIFIED = 'resolver not verified';

const BAD: readonly (readonly [what: string, certificate: Promise<Issued>])[] = [
  ['for another name', named('DNS:other.example')],
  ['for the IP address alone', named('IP:127.0.0.1')],
  ['of an unknown authority', issued({ name: 'localhost', extensions: [...SERVER, NAMED] })],
  ['that has expired', leaf({ valid: [-2, -1] })],
  ['with a key that is too short', leaf({ key: 'RSA-1024' })],
];

test.for(BAD)(
  'RFC 8310 §5: no question goes to a resolver over TLS with a certificate %s',
  async ([, certificate]) => {
    await using server = await dotServer(await certificate);
    expect(await lookedUp(`tls://localhost:${server.port}`)).toMatchObject({ why: NOT_VERIFIED });
    expect(server.asked()).toBe(0);
  },
);

test.for(BAD)(
  'RFC 8484 §8: no question goes to one over HTTPS with a certificate %s',
  async ([, certificate]) => {
    await using server = await dohServer(await certificate);
    expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
      why: NOT_VERIFIED,
    });
    expect(server.asked()).toBe(0);
  },
);

test('a resolver over TLS that is named by its address needs the address in its certificate', async () => {
  await using wrong = await dotServer(await leaf());
  await using right = await dotServer(await named('IP:127.0.0.1'));
  expect(await lookedUp(`tls://127.0.0.1:${wrong.port}`)).toMatchObject({ why: NOT_VERIFIED });
  expect(await lookedUp(`tls://127.0.0.1:${right.port}`)).toMatchObject({
    kind: 'found',
    dnssec: 'secure',
    source: 'resolver',
  });
});

test('RFC 8467 §4.1: over TLS and HTTPS the length of a question tells nothing of the name', async () => {
  const lengths: number[] = [];
  const plays: Plays = (query, over) => {
    lengths.push(query.length);
    return validating(truly)(query, over);
  };
  await using dot = await dotServer(await leaf(), plays);
  await using doh = await dohServer(await leaf(), (query) => {
    const [body = Buffer.alloc(0)] = plays(query, 'TCP');
    return { body };
  });
  await lookedUp(`tls://localhost:${dot.port}`);
  await lookedUp(`https://localhost:${doh.port}/dns-query`);
  expect(lengths).toEqual([128, 128, 128, 128]); // each with the canary
});

test('F7: one that is known by its certificate sets AD in each network, and is not asked again', async () => {
  await using server = await dotServer(await leaf(), validating(unsigned));
  await using resolver = await openedResolver(`tls://localhost:${server.port}`, [root.cert]);
  await resolver.look('a.example', 'MX', oneLookUp());
  using _time = later(500_000);
  const looked = await resolver.look('b.example', 'MX', oneLookUp());
  expect(looked).toMatchObject({ kind: 'found', dnssec: 'insecure', inClear: false });
  expect(server.asked()).toBe(3);
});

test('answers over TLS may come in any order, and others are dropped', async () => {
  const held: Buffer[] = [];
  await using server = await dotServer(
    await leaf(),
    validating((query) => {
      const answers = [mx(askedIn(query).name)];
      held.push(answering(query, { answers }), answering(query, { id: query.readUInt16BE(0) ^ 1 }));
      return held.length < 6 ? [] : held.toReversed();
    }),
  );
  await using resolver = await openedResolver(`tls://localhost:${server.port}`, [root.cert]);
  const names = ['n1.example', 'n2.example', 'n3.example'];
  const looked = await Promise.all(
    names.map(async (name) => resolver.look(name, 'MX', oneLookUp())),
  );
  for (const one of looked) expect(one).toMatchObject({ kind: 'found' });
});

test('a resolver over TLS that hangs up after each answer is connected to again', async () => {
  await using server = await dotServer(await leaf(), validating(truly), 'hangs up');
  await using resolver = await openedResolver(`tls://localhost:${server.port}`, [root.cert]);
  for (const name of [NAME, 'a.example', 'b.example', 'c.example']) {
    expect(await resolver.look(name, 'MX', oneLookUp())).not.toMatchObject({ kind: 'failed' });
  }
});

const ANSWERS: readonly (readonly [what: string, served: Served, why: string])[] = [
  ['404', { status: 404 }, 'refused'],
  ['500', { status: 500 }, 'server failure'],
  ['a web page', { type: 'text/html', body: Buffer.from('<p>Log in to the Wi-Fi') }, 'malformed'],
  ['DNS that calls itself JSON', { type: 'application/dns-json' }, 'malformed'],
  ['nothing', { body: Buffer.alloc(0) }, 'malformed'],
  ['octets without end', { isEndless: true }, 'malformed'],
];

test.for([
  ['HTTP/2', false],
  ['HTTP/1.1', true],
] as const)('a resolver over %s is asked by POST and believed', async ([, isOld]) => {
  await using server = await dohServer(await leaf(), () => ({}), isOld);
  expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
    kind: 'found',
    dnssec: 'secure',
    source: 'resolver',
  });
});

test.for(ANSWERS.flatMap((row) => [[...row, false] as const, [...row, true] as const]))(
  'F6: a resolver over HTTPS that answers %s has not answered (%s, %s; only HTTP/1.1: %s)',
  async ([, served, why, isOld]) => {
    await using server = await dohServer(await leaf(), () => served, isOld);
    expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
      kind: 'failed',
      why,
    });
  },
);

test.for([false, true])('no redirect is followed (only HTTP/1.1: %s)', async (isOld) => {
  await using other = await dohServer(await leaf());
  const location = `https://localhost:${other.port}/dns-query`;
  await using server = await dohServer(await leaf(), () => ({ status: 307, location }), isOld);
  expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
    why: 'server failure',
  });
  expect(other.asked()).toBe(0);
});

test.for([false, true])(
  'a resolver over HTTPS that never answers has timed out (only HTTP/1.1: %s)',
  async (isOld) => {
    await using server = await dohServer(await leaf(), () => 'nothing', isOld);
    expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
      why: 'timed out',
    });
  },
);

test('one that speaks no TLS at all is not asked', async () => {
  const received: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    socket.on('data', (octets) => {
      received.push(octets);
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
  });
  const port = await opened(server, sockets);
  await using _ending = ending(server, sockets);
  for (const address of [`https://localhost:${port}/q`, `tls://localhost:${port}`]) {
    expect(await lookedUp(address)).toMatchObject({ why: NOT_VERIFIED });
  }
  expect(Buffer.concat(received).includes('recipient')).toBe(false);
});
