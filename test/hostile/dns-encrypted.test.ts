import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { Readable, type Writable } from 'node:stream';
import { setImmediate as pause } from 'node:timers/promises';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { listeningPort } from '../listening-port.ts';
import {
  AD,
  answering,
  askedIn,
  framed,
  mx,
  type Plays,
  validating,
} from '../protocol/dns-server.ts';
import { oneLookUp, openedResolver } from '../protocol/opened-resolver.ts';
import { later } from '../stopped-clock.ts';
import { type Issued, issued, SERVER } from './issued-certificate.ts';
import { leaf, NAMED, named, root } from './server-certificates.ts';

const NAME = 'recipient.example';
const truly: Plays = (query) => [answering(query, { answers: [mx(NAME)], flags: AD })];
const unsigned: Plays = (query) => [answering(query, { answers: [mx(askedIn(query).name)] })];

type Server = AsyncDisposable & { readonly port: number; readonly asked: () => number };

/** A resolver over TLS. */
async function dotServer(
  certificate: Issued,
  plays = validating(truly),
  afterwards: 'stays' | 'hangs up' = 'stays',
): Promise<Server> {
  let asked = 0;
  const sockets = new Set<net.Socket>();
  const server = tls.createServer({ ...certificate, minVersion: 'TLSv1.2' }, (socket) => {
    socket.on('error', () => socket.destroy());
    let arrived: Buffer = Buffer.alloc(0);
    socket.on('data', (octets: Buffer) => {
      arrived = Buffer.concat([arrived, octets]);
      while (arrived.length >= 2 && arrived.length >= 2 + arrived.readUInt16BE(0)) {
        asked += 1;
        const end = 2 + arrived.readUInt16BE(0);
        for (const answer of plays(arrived.subarray(2, end), 'TCP')) socket.write(framed(answer));
        arrived = arrived.subarray(end);
        if (afterwards === 'hangs up') socket.end();
      }
    });
  });
  return { port: await opened(server, sockets), asked: () => asked, ...ending(server, sockets) };
}

type Served = {
  readonly status?: number;
  readonly type?: string;
  readonly body?: Buffer;
  readonly location?: string;
  readonly isEndless?: boolean;
};

/** Of either version of HTTP. */
type Answering = Writable & {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
};

/** A resolver over HTTPS, which answers to whatever it is sent; HTTP/1.1 alone where it is old. */
async function dohServer(
  certificate: Issued,
  serves: (query: Buffer) => Served | 'nothing' = () => ({}),
  isOld = false,
): Promise<Server> {
  let asked = 0;
  const sockets = new Set<net.Socket>();
  const handle = (request: Readable, response: Answering) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked += 1;
      const query = Buffer.concat(parts);
      const served = serves(query);
      if (served === 'nothing') return;
      const { status = 200, type = 'application/dns-message', location } = served;
      response.statusCode = status;
      response.setHeader('content-type', type);
      if (location !== undefined) response.setHeader('location', location);
      const [answer = Buffer.alloc(0)] = validating(truly)(query, 'TCP');
      response.on('error', () => response.destroy());
      if (served.isEndless === true) Readable.from(endless()).pipe(response);
      else response.end(served.body ?? answer);
    });
  };
  const options = { ...certificate, allowHTTP1: true };
  const server = isOld
    ? https.createServer(certificate, handle)
    : http2.createSecureServer(options, handle);
  return { port: await opened(server, sockets), asked: () => asked, ...ending(server, sockets) };
}

/** As fast as it is taken. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    await pause();
    yield Buffer.alloc(1000);
  }
}

async function opened(server: net.Server, sockets: Set<net.Socket>): Promise<number> {
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  return await listeningPort(server);
}

function ending(server: net.Server, sockets: ReadonlySet<net.Socket>): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function lookedUp(address: string) {
  await using resolver = await openedResolver(address, [root.cert]);
  return await resolver.look(NAME, 'MX', oneLookUp());
}

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
    expect(await lookedUp(`tls://localhost:${server.port}`)).toMatchObject({ why: 'unreachable' });
    expect(server.asked()).toBe(0);
  },
);

test.for(BAD)(
  'RFC 8484 §8: no question goes to one over HTTPS with a certificate %s',
  async ([, certificate]) => {
    await using server = await dohServer(await certificate);
    expect(await lookedUp(`https://localhost:${server.port}/dns-query`)).toMatchObject({
      why: 'unreachable',
    });
    expect(server.asked()).toBe(0);
  },
);

test('a resolver over TLS that is named by its address needs the address in its certificate', async () => {
  await using wrong = await dotServer(await leaf());
  await using right = await dotServer(await named('IP:127.0.0.1'));
  expect(await lookedUp(`tls://127.0.0.1:${wrong.port}`)).toMatchObject({ why: 'unreachable' });
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
  expect(looked).toMatchObject({ kind: 'found', dnssec: 'insecure' });
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
  ['404', { status: 404 }, 'server failure'],
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
    expect(await lookedUp(address)).toMatchObject({ why: 'unreachable' });
  }
  expect(Buffer.concat(received).includes('recipient')).toBe(false);
});
