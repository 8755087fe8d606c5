import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DEFAULT_DEADLINES } from '../../proxy/submission/deadline.ts';
import { Listener } from '../../proxy/submission/listener.ts';
import { NO_RECEIPTS } from '../../proxy/submission/submission-record.ts';
import { LOOPBACK } from '../protocol/relayed-session.ts';
import { waitUntil } from '../wait-until.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf, type Proxy } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { leaf, root } from './server-certificates.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000, openToOthers: await leaf() } as const;

async function overTls(proxy: Proxy, options: tls.ConnectionOptions = {}): Promise<MailProgram> {
  const to = { port: proxy.port, host: '127.0.0.1', servername: 'localhost', ca: root.cert };
  const socket = tls.connect({ ...to, ...options });
  const mailProgram = new MailProgram(socket);
  await once(socket, 'secureConnect');
  return mailProgram;
}

test('a listener that other computers can reach is not opened without TLS', async () => {
  const opened = Listener.open({
    at: { ...LOOPBACK, isLoopback: false },
    door: {
      server: { host: 'localhost', port: 465, tls: 'implicit' },
      trust: [root.cert],
      deadlines: DEFAULT_DEADLINES,
    },
    receipts: NO_RECEIPTS,
    log: pino({ level: 'silent' }),
  });
  await expect(opened).rejects.toThrow('without TLS');
});

test('from another computer nobody sends who has not logged in', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await overTls(proxy);
  expect(await mailProgram.reply('the connection')).toMatch(/^220 /);
  await mailProgram.ask('EHLO [127.0.0.1]');
  expect(await mailProgram.ask('MAIL FROM:<ada@example.org>')).toMatch(/^530 5\.7\.0 /);
  expect(await mailProgram.ask('AUTH PLAIN AGFsaWNlAHNlY3JldA==')).toMatch(/^235 /);
  expect(await mailProgram.ask('MAIL FROM:<ada@example.org>')).toMatch(/^250 /);
});

test('from another computer nobody sends through a server that asks for no login', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await overTls(proxy);
  expect(await mailProgram.reply('the connection')).toMatch(/^554 5\.7\.0 /);
  expect(await mailProgram.ask('MAIL FROM:<ada@example.org>')).toMatch(/^503 /);
});

test('RFC 8996 §5: a mail program that speaks only TLS 1.1 is not served', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
  await expect(overTls(proxy, old)).rejects.toThrow(/protocol version/);
});

test('whoever speaks SMTP or HTTP without TLS to it is not served', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  for (const octets of ['EHLO x\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    using talker = await MailProgram.connect(proxy.port);
    talker.say(octets);
    await expect(talker.reply(octets)).rejects.toThrow('but the end');
  }
  expect(server.connections).toBe(0);
});

async function silentConnection({ port }: Proxy): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // it may be reset
  socket.resume(); // so that its end is seen
  await once(socket, 'connect');
  return socket;
}

test('of connections that begin no TLS a hundred are held, and one that ends makes room', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const silent = await Promise.all(Array.from({ length: 150 }, () => silentConnection(proxy)));
  const held = () => silent.filter(({ readableEnded, closed }) => !readableEnded && !closed);
  try {
    const someAreCutOff = () => held().length <= 100;
    await waitUntil(someAreCutOff, 5000, () => `${held().length} connections are held`);
    await expect(overTls(proxy)).rejects.toThrow('disconnected before secure TLS');
    expect(held().length).toBe(100);

    held()[0]?.destroy();
    const admitted = async () => {
      const connected = await overTls(proxy).catch(() => undefined); // cut off as before
      if (connected === undefined) return false;
      using mailProgram = connected;
      return (await mailProgram.reply('the connection')).startsWith('220 ');
    };
    await waitUntil(admitted, 5000, () => 'nobody else is let in');
  } finally {
    for (const socket of silent) socket.destroy();
  }
  expect(server.connections).toBe(1);
});
