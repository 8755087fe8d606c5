import net from 'node:net';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { PolicyHost, type AddressesOf } from '../../proxy/forecast/policy/policy-host.ts';
import { listeningPort } from '../listening-port.ts';
import { FAILED, found, NONE, POLICY, PolicyServer, response } from '../policy-server.ts';
import { waitUntil } from '../wait-until.ts';
import { issued, SERVER } from './issued-certificate.ts';
import { leaf, named, root } from './server-certificates.ts';

const good = await named('DNS:mta-sts.example.org');
const HERE: AddressesOf = () => Promise.resolve(found('127.0.0.1'));
const THERE_OR_HERE: AddressesOf = () => Promise.resolve(found('127.0.0.2', '127.0.0.1'));
const NEVER: AddressesOf = () => new Promise(() => undefined);

type Case = {
  readonly answer: PolicyServer['answer'];
  readonly certificate?: typeof good;
  readonly fetchMs?: number;
};

async function fetchedFrom({ answer, certificate = good, fetchMs = 5000 }: Case) {
  await using server = await PolicyServer.start({ certificate, answer });
  const options = { trust: [root.cert], port: server.port, allowSpecialAddresses: true, fetchMs };
  const fetched = await new PolicyHost(options).fetch('example.org', HERE);
  await waitUntil(
    () => server.isLeft,
    3000,
    () => 'the connection stays open',
  );
  return { fetched, requests: server.requests, connections: server.connections };
}

const failed = (why: string, detail?: string) => ({ kind: 'failed', why, detail });

test('RFC 8461 §3.3: a policy is fetched by one GET that tells no more than it has to', async () => {
  const { fetched, requests } = await fetchedFrom({ answer: response() });
  expect(fetched).toEqual({
    kind: 'fetched',
    policy: { mode: 'enforce', mx: ['mx.example.org'], maxAgeSeconds: 604800 },
  });
  expect(requests).toHaveLength(1);
  const [first, ...headers] = (requests[0] ?? '').split('\r\n');
  expect(first).toBe('GET /.well-known/mta-sts.txt HTTP/1.1');
  expect(headers.map((line) => line.split(':')[0]).filter((name) => name !== '')).toEqual([
    'Host',
    'Accept',
    'Accept-Encoding',
    'User-Agent',
    'Connection',
  ]);
  expect(headers[0]).toMatch(/^Host: mta-sts\.example\.org:\d+$/);
});

test.for([
  [
    'with parameters',
    ['Content-Type: Text/Plain; charset=utf-8', `Content-Length: ${POLICY.length}`],
  ],
  ['in chunks', ['Content-Type: text/plain', 'Transfer-Encoding: chunked']],
] as const)('RFC 8461 §3.3: a policy %s is taken', async ([, headers]) => {
  const isChunked = headers[1].endsWith('chunked');
  const body = isChunked ? `${POLICY.length.toString(16)}\r\n${POLICY}\r\n0\r\n\r\n` : POLICY;
  const { fetched } = await fetchedFrom({ answer: response({ headers, body }) });
  expect(fetched.kind).toBe('fetched');
});

const elsewhere = ['Location: https://mta-sts.example.org/other.txt', 'Content-Length: 0'];

test.for(['301 Moved', '302 Found', '303 See', '307 Again', '308 Moved'])(
  'RFC 8461 §3.3: a redirect is not followed (%s)',
  async (status) => {
    const answer = response({ status, headers: elsewhere, body: '' });
    const { fetched, connections } = await fetchedFrom({ answer });
    expect(fetched).toEqual(failed('HTTP status', status.slice(0, 3)));
    expect(connections).toBe(1);
  },
);

test.for([
  '101 Switching',
  '201 Created',
  '204 No',
  '206 Part',
  '304 Same',
  '404 None',
  '500 No',
  '503 Later',
])('RFC 8461 §3.3: what comes with another status than 200 is no policy (%s)', async (status) => {
  const upgrade = ['Connection: upgrade', 'Upgrade: websocket'];
  const headers = status.startsWith('101') ? { headers: upgrade, body: '' } : {};
  const { fetched } = await fetchedFrom({ answer: response({ status, ...headers }) });
  expect(fetched).toEqual(failed('HTTP status', status.slice(0, 3)));
});

const ofType = (...types: readonly string[]) =>
  response({ headers: [...types, `Content-Length: ${POLICY.length}`] });

test.for([
  ['Content-Type: text/html'],
  ['Content-Type: text/plainer'],
  ['Content-Type: application/octet-stream; x=text/plain'],
  ['Content-Type: image/png', 'Content-Type: text/plain'],
  ['Content-Type: text/plain', 'Content-Type: text/html'],
  [],
])('RFC 8461 §3.3: what is not text/plain is no policy (%j)', async (types) => {
  const { fetched } = await fetchedFrom({ answer: ofType(...types) });
  expect(fetched).toEqual(failed('not text/plain'));
});

const withBody = (body: string, headers: readonly string[] = []) =>
  response({
    headers: ['Content-Type: text/plain', `Content-Length: ${body.length}`, ...headers],
    body,
  });
const full = `${POLICY}note: `.padEnd(64 * 1024, 'x');
const inChunks = (body: string) =>
  response({
    headers: ['Content-Type: text/plain', 'Transfer-Encoding: chunked'],
    body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  });

test('RFC 8461 §3.3: a policy of 64 KB is read whole, and one octet more is too many', async () => {
  expect((await fetchedFrom({ answer: withBody(full) })).fetched.kind).toBe('fetched');
  for (const answer of [withBody(`${full}x`), inChunks(`${full}x`)]) {
    expect((await fetchedFrom({ answer })).fetched).toEqual(failed('too large'));
  }
});

test('RFC 8461 §3.3: a policy that announces more than 64 KB is not waited for', async () => {
  const headers = ['Content-Type: text/plain', `Content-Length: ${64 * 1024 + 1}`];
  const answer: PolicyServer['answer'] = (socket) => socket.write(response({ headers, body: '' }));
  expect((await fetchedFrom({ answer })).fetched).toEqual(failed('too large'));
});

const zipped = gzipSync(POLICY).toString('latin1');

test.for([
  ['that is compressed', withBody(zipped, ['Content-Encoding: gzip']), 'compressed'],
  ['that says it is compressed', withBody(POLICY, ['Content-Encoding: br']), 'compressed'],
  ['that is not UTF-8', withBody(`${POLICY}note: \xff\r\n`), 'not UTF-8'],
  [
    'that ends with the connection, so that anybody could have cut it',
    response({ headers: ['Content-Type: text/plain'] }),
    'of no known length',
  ],
  [
    'that ends with the connection under another transfer coding',
    response({ headers: ['Content-Type: text/plain', 'Transfer-Encoding: identity'] }),
    'of no known length',
  ],
  [
    'that is compressed for the way',
    response({ headers: ['Content-Type: text/plain', 'Transfer-Encoding: gzip'] }),
    'of no known length',
  ],
  [
    'that is compressed for the way, in chunks',
    response({
      headers: ['Content-Type: text/plain', 'Transfer-Encoding: gzip, chunked'],
      body: `${POLICY.length.toString(16)}\r\n${POLICY}\r\n0\r\n\r\n`,
    }),
    'of no known length',
  ],
  ['behind a byte order mark', withBody(`\xef\xbb\xbf${POLICY}`), 'line 1 is no field'],
  ['with a NUL in it', withBody(POLICY.replace('mode', 'note: \0\r\nmode')), 'line 2 is no field'],
  ['of HTML', withBody('<html>It works!</html>'), 'line 1 is no field'],
] as const)('RFC 8461 §3.2: a policy %s is none', async ([, answer, detail]) => {
  expect((await fetchedFrom({ answer })).fetched).toEqual(failed('malformed', detail));
});

test('a policy that is cut short on its way is none', async () => {
  const inOneChunk = inChunks(POLICY);
  for (const answer of [
    response().slice(0, -'04800\r\n'.length),
    inOneChunk.slice(0, -'04800\r\n\r\n0\r\n\r\n'.length),
    inOneChunk.slice(0, -'0\r\n\r\n'.length),
  ]) {
    const { fetched } = await fetchedFrom({ answer });
    expect(fetched).toMatchObject({ kind: 'failed', why: 'unreachable' });
  }
});

test.for([
  ['has a header without end', 'HTTP/1.1 200 OK\r\nX: '.padEnd(100_000, 'x'), 'too large'],
  ['does not speak HTTP', '220 mx.example.org ESMTP\r\n', 'malformed'],
  [
    'has two lengths',
    response({ headers: ['Content-Length: 5', 'Content-Length: 500'] }),
    'malformed',
  ],
  [
    'has a length and chunks',
    response({ headers: ['Content-Length: 5', 'Transfer-Encoding: chunked'] }),
    'malformed',
  ],
] as const)('an answer that %s is no policy', async ([, answer, why]) => {
  expect((await fetchedFrom({ answer })).fetched).toMatchObject({ kind: 'failed', why });
});

/** Says more every few milliseconds, as long as there is somebody to hear it. */
function drip(before: string, more: string) {
  return (socket: TLSSocket) => {
    socket.write(before);
    const timer = setInterval(() => socket.write(more), 5);
    socket.on('close', () => clearInterval(timer));
  };
}

test.for([
  ['never answers', () => undefined],
  ['drips its header', drip('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: ', 'x')],
  [
    'drips its policy',
    drip(response({ headers: ['Content-Type: text/plain', 'Content-Length: 9999'] }), 'x'),
  ],
  ['says to wait, again and again', drip('', 'HTTP/1.1 102 Processing\r\n\r\n')],
  ['never ends its chunks', drip(inChunks('x').replace('\r\n0\r\n\r\n', '\r\n'), '1\r\nx\r\n')],
] as const)('a policy host that %s is left in time', async ([, answer]) => {
  const { fetched } = await fetchedFrom({ answer, fetchMs: 300 });
  expect(fetched).toEqual(failed('timed out'));
});

test('a policy host that comes to no handshake is left, and in time', async () => {
  await using server = await PolicyServer.start({ certificate: {}, answer: '' });
  const options = { trust: [root.cert], allowSpecialAddresses: true };
  const host = new PolicyHost({ ...options, port: server.port });
  const refused = await host.fetch('example.org', HERE);
  expect(refused).toMatchObject({ kind: 'failed', why: 'TLS not verified' });

  const silent = net.createServer((socket) => socket.on('error', () => undefined));
  const port = await listeningPort(silent);
  try {
    const waiting = new PolicyHost({ ...options, port, fetchMs: 200 });
    expect(await waiting.fetch('example.org', HERE)).toEqual(failed('timed out'));
  } finally {
    silent.close();
  }
});

test('a look-up of its address that does not end is not waited for', async () => {
  const options = { trust: [root.cert], port: 1, allowSpecialAddresses: true, fetchMs: 100 };
  expect(await new PolicyHost(options).fetch('example.org', NEVER)).toEqual(failed('timed out'));
});

const stranger = issued({
  name: 'mta-sts.example.org',
  extensions: [...SERVER, 'subjectAltName=DNS:mta-sts.example.org'],
});
const NAMED = 'subjectAltName=DNS:mta-sts.example.org';

test.for([
  [
    'for another host',
    named('DNS:example.org', 'DNS:mta-sts.example.net'),
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  ['that signs itself', stranger, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  [
    'that has expired',
    leaf({ extensions: [...SERVER, NAMED], valid: [-2, -1] }),
    'CERT_HAS_EXPIRED',
  ],
  [
    'with its name as common name alone',
    leaf({ name: 'mta-sts.example.org', extensions: SERVER }),
    'CERT_NAMES_NO_HOST',
  ],
  [
    'with RSA of 1024 bits',
    leaf({ extensions: [...SERVER, NAMED], key: 'RSA-1024' }),
    'EE certificate key too weak',
  ],
] as const)(
  'RFC 8461 §3.3: a policy host with a certificate %s is not asked for its policy',
  async ([, certificate, detail]) => {
    const weak = { ciphers: 'DEFAULT@SECLEVEL=0' }; // or our own server would not serve it
    const { fetched, requests } = await fetchedFrom({
      answer: response(),
      certificate: { ...(await certificate), ...weak },
    });
    expect(fetched).toEqual(failed('TLS not verified', detail));
    expect(requests).toEqual([]);
  },
);

test.for([
  ['127.0.0.1'],
  ['169.254.169.254'],
  ['10.0.0.1', 'fd00::1'],
  ['::ffff:127.0.0.1'],
  ['64:ff9b::7f00:1'],
  ['::1'],
])('a policy host whose addresses are %j is not connected to', async (addresses) => {
  await using server = await PolicyServer.start({ certificate: good, answer: response() });
  const host = new PolicyHost({
    trust: [root.cert],
    port: server.port,
    allowSpecialAddresses: false,
  });
  const fetched = await host.fetch('example.org', () => Promise.resolve(found(...addresses)));
  expect(fetched).toEqual(failed('special address'));
  expect(server.connections).toBe(0);
});

test('DNS rebinding: the address is looked up once, and that very one is connected to', async () => {
  await using server = await PolicyServer.start({ certificate: good, answer: response() });
  const options = { trust: [root.cert], port: server.port, allowSpecialAddresses: true };
  const answers = [found('127.0.0.2'), found('127.0.0.1')]; // nobody listens at the first
  let asked = 0;
  const changing: AddressesOf = () => Promise.resolve(answers[asked++] ?? NONE);
  const fetched = await new PolicyHost(options).fetch('example.org', changing);
  expect(fetched).toEqual(failed('unreachable', 'ECONNREFUSED'));
  expect(asked).toBe(1);
  expect(server.connections).toBe(0);
});

test('a policy host that has no address, or whose look-up fails, is told so', async () => {
  const host = new PolicyHost({ trust: [root.cert], port: 1, allowSpecialAddresses: true });
  const none = await host.fetch('example.org', () => Promise.resolve(NONE));
  expect(none).toEqual(failed('unreachable', 'no address'));
  const fault = await host.fetch('example.org', () => Promise.resolve(FAILED));
  expect(fault).toEqual(failed('DNS failed', 'server failure'));
});

test('of several addresses the next one is tried where nobody listens at the first', async () => {
  await using server = await PolicyServer.start({ certificate: good, answer: response() });
  const options = { trust: [root.cert], port: server.port, allowSpecialAddresses: true };
  expect((await new PolicyHost(options).fetch('example.org', THERE_OR_HERE)).kind).toBe('fetched');
});
