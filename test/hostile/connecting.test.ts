import { once } from 'node:events';
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { codeOf } from '../../proxy/error-message.ts';
import { connectTcp, type LookUp } from '../../proxy/submission/tcp-connection.ts';
import { deferred } from '../deferred.ts';
import { stoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { blockedPort } from './blocked-port.ts';

/** Names and addresses as in a hosts file. */
function hosts(addresses: Readonly<Record<4 | 6, readonly string[]>>): LookUp {
  return async (_host, family) => {
    const found = family === 4 ? addresses[4] : [...addresses[6], ...addresses[4]];
    if (found.length > 0) return found;
    throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  };
}

const NEVER = new AbortController().signal;

async function listening(host: string, port = 0) {
  const server = net.createServer((socket) => socket.on('error', () => undefined));
  const sockets: net.Socket[] = [];
  const clients: (number | undefined)[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    clients.push(socket.remotePort);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it listens on no port');
  return {
    port: address.port,
    /** Their ports, in the order in which they came. */
    clients: () => clients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The address where it came out. */
async function connecting(port: number, lookUp: LookUp, signal = NEVER) {
  const socket = await connectTcp({ host: 'smtp.example', port }, signal, lookUp);
  const { remoteAddress } = socket;
  socket.destroy();
  return remoteAddress;
}

type Listening = Awaited<ReturnType<typeof listening>>;

/** Nobody has connected yet: a connection of our own comes in, and none before it. */
async function expectNobodyAt(server: Listening): Promise<void> {
  await setImmediate(); // whatever is about to connect does so first
  const ours = net.connect(server.port, '127.0.0.1');
  await once(ours, 'connect');
  await waitUntil(
    () => server.clients().includes(ours.localPort),
    2000,
    () => 'no connection came',
  );
  expect(server.clients()).toEqual([ours.localPort]);
  ours.destroy();
}

test.each([
  ['IPv4 alone', '127.0.0.1', { 4: ['127.0.0.1'], 6: [] }],
  ['IPv6 alone', '::1', { 4: [], 6: ['::1'] }],
  ['IPv6 that refuses, then IPv4', '127.0.0.1', { 4: ['127.0.0.1'], 6: ['::1'] }],
  ['IPv4 that refuses, then IPv6', '::1', { 4: ['127.0.0.1'], 6: ['::1'] }],
  ['IPv6 that leads nowhere, then IPv4', '127.0.0.1', { 4: ['127.0.0.1'], 6: ['ff02::1', '::1'] }],
  [
    'three addresses of which the last answers',
    '127.0.0.3',
    { 4: ['127.0.0.1', '127.0.0.2', '127.0.0.3'], 6: [] },
  ],
] as const)('a submission server with %s is reached at once', async (_what, answers, addresses) => {
  await using server = await listening(answers);
  using _clock = stoppedClock();
  expect(await connecting(server.port, hosts(addresses))).toBe(answers);
});

test('RFC 8305 §5: an IPv6 that swallows connections costs a quarter of a second', async () => {
  await using hole = await blockedPort('::1');
  await using server = await listening('127.0.0.1', hole.port);
  const both = hosts({ 4: ['127.0.0.1'], 6: ['::1'] });
  using clock = stoppedClock();
  const arrived = connecting(server.port, both);
  await clock.pass(249);
  await expectNobodyAt(server);
  await clock.pass(1);
  expect(await arrived).toBe('127.0.0.1');
});

test('a way that is slow is not given up when the next one is tried', async () => {
  await using slow = await blockedPort('::1');
  await using hole = await blockedPort('127.0.0.1', slow.port);
  const arrived = connecting(hole.port, hosts({ 4: ['127.0.0.1'], 6: ['::1'] }));
  setTimeout(() => slow.wake(), 400); // by then the other one is being tried
  expect(await arrived).toBe('::1');
});

const silentForIpv6: LookUp = (_host, family) =>
  family === 4 ? Promise.resolve(['127.0.0.1']) : new Promise(() => undefined);

test('RFC 4074 §4.1: name servers that never answer for IPv6 cost a second', async () => {
  await using server = await listening('127.0.0.1');
  using clock = stoppedClock();
  const arrived = connecting(server.port, silentForIpv6);
  await clock.pass(999);
  await expectNobodyAt(server);
  await clock.pass(1);
  expect(await arrived).toBe('127.0.0.1');
});

const failingForIpv6: LookUp = (_host, family) =>
  family === 4
    ? Promise.resolve(['127.0.0.1'])
    : Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }));

test('RFC 4074 §4.4: name servers that fail for IPv6 cost nothing', async () => {
  await using server = await listening('127.0.0.1');
  using _clock = stoppedClock();
  expect(await connecting(server.port, failingForIpv6)).toBe('127.0.0.1');
});

test('an address that is found late is still tried', async () => {
  await using server = await listening('::1');
  const arrived = connecting(server.port, async (_host, family) => {
    if (family === 4) return ['127.0.0.1']; // refuses
    await new Promise((resolve) => setTimeout(resolve, 1200)); // until the other was asked for
    return ['::1', '127.0.0.1'];
  });
  expect(await arrived).toBe('::1');
});

const failing =
  (both: string, ipv4 = both): LookUp =>
  (_host, family) => {
    const code = family === 4 ? ipv4 : both;
    return Promise.reject(Object.assign(new Error(code), { code }));
  };

test.each([
  ['the name has no address', 'ENOTFOUND', failing('ENOTFOUND')],
  ['one question found no answer', 'EAI_AGAIN', failing('EAI_AGAIN', 'ENOTFOUND')],
  ['one address refuses', 'ECONNREFUSED', hosts({ 4: ['127.0.0.1'], 6: ['ff02::1'] })],
] as const)('%s: the fault that says most is told', async (_what, code, lookUp) => {
  const port = await freePort();
  const fault = await connecting(port, lookUp).catch((error: unknown) => error);
  expect(codeOf(fault)).toBe(code);
});

/** TCP connections that this process has or opens. */
function connections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

async function freePort(): Promise<number> {
  await using server = await listening('127.0.0.1');
  return server.port;
}

test('whoever gives up while the name is looked up is not connected later', async () => {
  await using server = await listening('127.0.0.1');
  const giveUp = new AbortController();
  const answered = deferred();
  const lookUp: LookUp = () => answered.promise.then(() => ['127.0.0.1']);
  const arrived = connecting(server.port, lookUp, giveUp.signal);
  giveUp.abort(new Error('gone'));
  await expect(arrived).rejects.toThrow('gone');
  answered.resolve();

  await expectNobodyAt(server);
});

test('whoever gives up while addresses are tried leaves no attempt behind', async () => {
  await using hole = await blockedPort('127.0.0.1');
  const giveUp = new AbortController();
  const before = connections();
  const arrived = connecting(hole.port, hosts({ 4: ['127.0.0.1'], 6: [] }), giveUp.signal);
  await waitUntil(
    () => connections() > before,
    2000,
    () => 'no attempt was made',
  );
  giveUp.abort(new Error('gone'));
  await expect(arrived).rejects.toThrow('gone');
  await waitUntil(
    () => connections() <= before,
    2000,
    () => 'the attempt goes on',
  );
});
