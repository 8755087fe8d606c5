import { once } from 'node:events';
import tls from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stoppedClock, type StoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { FAULTS } from './faults.ts';
import { HostileServer } from './hostile-server.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf, type Proxy } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { leaf } from './server-certificates.ts';
import { envelope, greetedBy } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000 } as const;
const LIMIT_MS = 8000;

/** RFC 4616: NUL alice NUL secret. */
const LOGIN = 'AUTH PLAIN AGFsaWNlAHNlY3JldA==';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

const good = await leaf();
const expired = await leaf({ valid: [-2, -1] });

/** How often a line of the log has these words. */
function logged(proxy: Proxy, words: string): number {
  return proxy.log().split(words).length - 1;
}

const proved = (proxy: Proxy) => logged(proxy, '"event":"proved"');
const lost = (proxy: Proxy) => logged(proxy, '"event":"lost"');

async function until(what: string, holds: () => boolean): Promise<void> {
  await waitUntil(holds, LIMIT_MS, () => what);
}

/** A window is open, and its session ready. */
async function composing(proxy: Proxy, window = 'window'): Promise<void> {
  const before = proved(proxy);
  proxy.warm.want(window);
  await until('no session is proved', () => proved(proxy) > before);
}

/**
 * How many connections there are, when all have come that began before the question: it makes two
 * of its own, one after the other, which are found in the same way and not counted.
 */
function counting(server: RecordingServer): () => Promise<number> {
  let own = 0;
  return async () => {
    for (const end of [own + 1, own + 2]) {
      const at = { host: 'localhost', port: server.port, rejectUnauthorized: false };
      const socket = tls.connect(at);
      socket.on('error', () => undefined);
      await once(socket, 'data');
      socket.destroy();
      own = end;
    }
    return server.connections - own;
  };
}

async function sent(mailProgram: MailProgram): Promise<string> {
  await envelope(mailProgram);
  mailProgram.say('Subject: hi\r\n\r\nhello\r\n');
  return await mailProgram.ask('.');
}

test('a session is ready from the moment a compose window opens, and holds no login', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  proxy.warm.want('window');
  proxy.warm.want('another window');
  using mailProgram = await greetedBy(proxy);
  expect(await mailProgram.ask(LOGIN)).toMatch(/^235 /);
  expect(await sent(mailProgram)).toMatch(/^250 /);
  expect(server.connections).toBe(1);
  expect(server.commands[0]?.slice(0, 2)).toEqual(['EHLO [127.0.0.1]', LOGIN]);
});

test('two mail programs that come at once never share a session', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  const mailPrograms = await Promise.all([1, 2, 3].map(() => greetedBy(proxy)));
  onTestFinished(() => mailPrograms.forEach((one) => one[Symbol.dispose]()));
  expect(await Promise.all(mailPrograms.map(sent))).toEqual(
    mailPrograms.map(() => expect.stringMatching(/^250 /)),
  );
  expect(server.connections).toBe(3);
  expect(
    server.commands.map((said) => said.filter((line) => line.startsWith('MAIL')).length),
  ).toEqual([1, 1, 1]);
});

test('once a session is taken the next is opened when a window is heard of again', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  using mailProgram = await greetedBy(proxy);
  await clock.pass(4 * MINUTE_MS);
  expect(await sent(mailProgram)).toMatch(/^250 /);
  expect(server.connections).toBe(1);
  await composing(proxy);
  expect(server.connections).toBe(2);
});

test('a session is left, in words, when the last window that wants it closes', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy, 'first');
  proxy.warm.want('second');
  proxy.warm.unwant('first');
  proxy.warm.unwant('a third that nobody has heard of');
  expect(proxy.warm.isReady).toBe(true);
  proxy.warm.unwant('second');
  expect(proxy.warm.isReady).toBe(false);
  await until('the session is not left', () => server.isLeft);
  expect(server.commands).toEqual([['EHLO [127.0.0.1]', 'QUIT']]);
});

test('fifty windows have one session, and none when they are closed', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const windows = Array.from({ length: 50 }, (_, at) => `window-${at}`);
  for (const window of windows) proxy.warm.want(window);
  await until('no session is proved', () => proved(proxy) === 1);
  for (const window of windows.slice(1)) proxy.warm.unwant(window);
  expect(server.isLeft).toBe(false);
  proxy.warm.unwant('window-0');
  await until('the session is not left', () => server.isLeft);
  expect(server.commands).toEqual([['EHLO [127.0.0.1]', 'QUIT']]);
});

test('windows that open and close one after the other cost no session each', async () => {
  using _clock = stoppedClock();
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const connections = counting(server);
  await composing(proxy, 'first');
  proxy.warm.unwant('first');
  for (let at = 0; at < 10; at += 1) {
    proxy.warm.want(`window-${at}`);
    expect(await connections()).toBe(1);
    proxy.warm.unwant(`window-${at}`);
  }
  await until('a session is left open', () => server.isLeft);
});

/** Lets minutes go by, in each of which the server is asked once whether it is there, and says so. */
async function minutes(count: number, clock: StoppedClock, server: RecordingServer, proxy: Proxy) {
  for (let minute = 0; minute < count; minute += 1) {
    const said = server.said.length;
    await clock.pass(MINUTE_MS);
    await until('the server is not asked', () => server.said.length > said);
    await until('it has not answered', () => proxy.warm.isReady || server.isLeft);
  }
}

test('a window that is never heard of again is forgotten after a quarter of an hour', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  await minutes(14, clock, server, proxy);
  proxy.warm.want('window');
  await minutes(14, clock, server, proxy);
  expect(proxy.warm.isReady).toBe(true);
  await clock.pass(MINUTE_MS);
  await until('the session is not left', () => server.isLeft);
  expect(server.connections).toBe(1);
});

test('of more than a hundred windows the one that was not heard of longest is forgotten', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy, 'first');
  for (let at = 0; at < 100; at += 1) proxy.warm.want(`window-${at}`);
  for (let at = 0; at < 100; at += 1) proxy.warm.unwant(`window-${at}`);
  await until('the session is not left', () => server.isLeft);
  expect(proxy.warm.isReady).toBe(false);
});

test('RFC 5321 §4.1.1.9: each minute the server is asked whether it is there; one that does not answer is left', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  await minutes(3, clock, server, proxy);
  expect(server.said).toEqual(['EHLO [127.0.0.1]', 'NOOP', 'NOOP', 'NOOP']);

  server.change({ isSilent: true });
  await clock.pass(MINUTE_MS);
  await until('the server is not asked', () => server.said.length === 5);
  expect(proxy.warm.isReady, 'as long as it has not answered').toBe(false);
  server.change({ isSilent: false });
  using mailProgram = await greetedBy(proxy);
  expect(await sent(mailProgram), 'in a session of its own').toMatch(/^250 /);
  expect(server.connections).toBe(2);

  await clock.pass(OPTIONS.timeoutMs);
  await until('the session is kept', () => lost(proxy) === 1);
  expect(server.connections).toBe(2);
  await clock.pass(5 * SECOND_MS);
  await until('no other is opened', () => proxy.warm.isReady);
  expect(server.connections).toBe(3);
});

test('a server that closes at once is asked less and less often', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start({ closesAtOnce: true });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const connections = counting(server);
  proxy.warm.want('window');
  let opened = 1;
  for (const restSeconds of [5, 10, 20, 40, 80, 160, 300, 300]) {
    await until('the session is not lost', () => lost(proxy) === opened);
    proxy.warm.want('window');
    proxy.warm.want('another window');
    await clock.pass(restSeconds * SECOND_MS - 1);
    expect(await connections(), `before ${restSeconds} s`).toBe(opened);
    await clock.pass(1);
    opened += 1;
    await until(`no session after ${restSeconds} s`, () => proved(proxy) === opened);
    if (restSeconds === 300) proxy.warm.want('window'); // it would be forgotten otherwise
  }
});

test('a server that cannot be proved is asked less and less often too, and again when it is mended', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start();
  server.change({ certificate: expired });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const unproved = () => logged(proxy, '"event":"unproved"');
  proxy.warm.want('window');
  await until('it is proved', () => unproved() === 1);
  await clock.pass(5 * SECOND_MS);
  await until('it is not asked again', () => unproved() === 2);
  await clock.pass(10 * SECOND_MS - 1);
  server.change({ certificate: good });
  await clock.pass(1);
  await until('it is not asked a third time', () => proxy.warm.isReady);
  expect(server.connections).toBe(1);
});

test('a session that lived long makes the next one come soon', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start({ closesAtOnce: true });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  proxy.warm.want('window');
  await until('the session is not lost', () => lost(proxy) === 1);
  await clock.pass(5 * SECOND_MS);
  await until('the second is not lost', () => lost(proxy) === 2);
  server.change({ closesAtOnce: false });
  await clock.pass(10 * SECOND_MS);
  await until('there is no third', () => proxy.warm.isReady);
  await minutes(1, clock, server, proxy);
  await server.loseAll();
  await until('the third is not lost', () => lost(proxy) === 3);
  await clock.pass(5 * SECOND_MS);
  await until('there is no fourth', () => proxy.warm.isReady);
});

test('an offer is told from the session that is there, or one is opened and kept for half a minute', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const offer = {
    kind: 'proved',
    server: `localhost:${server.port}`,
    tls: 'TLSv1.3',
    requireTls: true,
  };
  expect(await Promise.all([proxy.warm.offer(), proxy.warm.offer()])).toEqual([offer, offer]);
  await clock.pass(29 * SECOND_MS);
  expect(await proxy.warm.offer()).toEqual(offer);
  await clock.pass(29 * SECOND_MS);
  expect(proxy.warm.isReady).toBe(true);
  expect(server.connections).toBe(1);
  await clock.pass(SECOND_MS);
  await until('the session is not left', () => server.isLeft);
  expect(server.said).toEqual(['EHLO [127.0.0.1]', 'QUIT']);

  server.change({ offers: [] });
  expect(await proxy.warm.offer()).toEqual({ ...offer, requireTls: false });
});

test('an offer that somebody waits for is told, though the window closes meanwhile', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  proxy.warm.want('window');
  const offer = proxy.warm.offer();
  proxy.warm.unwant('window');
  expect(await offer).toMatchObject({ kind: 'proved', requireTls: false });
  expect(server.connections).toBe(1);
});

test('a server that cannot be proved is told in a sentence, and asked once in five seconds', async () => {
  using clock = stoppedClock();
  await using server = await RecordingServer.start();
  server.change({ certificate: expired });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const fault = {
    kind: 'unproved',
    server: `localhost:${server.port}`,
    reason: 'localhost cannot be used now: its certificate has expired.',
  };
  expect(await proxy.warm.offer()).toEqual(fault);
  server.change({ certificate: good });
  expect(await proxy.warm.offer()).toEqual(fault);
  await clock.pass(5 * SECOND_MS);
  expect(await proxy.warm.offer()).toMatchObject({ kind: 'proved' });
});

test('a server that does not answer is told within the limit for proving', async () => {
  using clock = stoppedClock();
  await using silent = await HostileServer.start({
    mode: 'implicit',
    pipelining: true,
    certificate: good,
    at: 'EHLO',
    fault: { goesOn: false, does: () => undefined },
  });
  await using proxy = await proxyInFrontOf(silent, { ...OPTIONS, provingMs: MINUTE_MS });
  const offer = proxy.warm.offer();
  await silent.attacked;
  await clock.pass(MINUTE_MS);
  expect(await offer).toEqual({
    kind: 'unproved',
    server: `localhost:${silent.port}`,
    reason: 'localhost cannot be used now: no answer within 60 seconds.',
  });
});

test('a proxy that stops says goodbye on the warm session, and opens none any more', async () => {
  await using server = await RecordingServer.start();
  const connections = counting(server);
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  await proxy[Symbol.asyncDispose]();
  proxy.warm.want('window');
  proxy.warm.want('another window');
  expect(await proxy.warm.offer()).toMatchObject({ kind: 'unproved' });
  expect(await connections()).toBe(1);
  expect(proxy.warm.isReady).toBe(false);
  await until('the session is not left', () => server.isLeft);
  expect(server.said).toEqual(['EHLO [127.0.0.1]', 'QUIT']);
});

test('a proxy that stops while the session is being proved leaves none behind', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const offer = proxy.warm.offer();
  proxy.warm.close();
  expect(await offer).toEqual({
    kind: 'unproved',
    server: `localhost:${server.port}`,
    reason: 'localhost cannot be used now: the proxy is stopping.',
  });
  await until('a session is left open', () => server.isLeft);
});

test('a computer that was asleep does not give away the session it had before', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * MINUTE_MS });
  onTestFinished(() => void vi.useRealTimers());
  using mailProgram = await greetedBy(proxy);
  expect(await sent(mailProgram)).toMatch(/^250 /);
  expect(server.commands.map((said) => said.at(-1))).toEqual(['QUIT', 'DATA']);
});

test('a password is not said to a server whose certificate became bad while a session was warm', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  using mailProgram = await MailProgram.connect(proxy.port);
  await mailProgram.reply('the connection');
  await mailProgram.ask('EHLO [127.0.0.1]');
  server.change({ certificate: expired });
  await server.loseAll();
  expect(await mailProgram.ask(LOGIN)).toMatch(/^554 5\.7\.10 .* has expired\. /);
  expect(server.said).toEqual(['EHLO [127.0.0.1]']);
});

test('a server that comes back with another offer is judged by it, though a session was warm', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  await composing(proxy);
  server.change({ offers: [] });
  using mailProgram = await greetedBy(proxy);
  await server.loseAll();
  await envelope(mailProgram);
  mailProgram.say('X-TLS-Required: Yes\r\nSubject: hi\r\n\r\nhello\r\n');
  expect(await mailProgram.ask('.')).toMatch(/^550 5\.7\.30 /);
  expect(server.transactions).toEqual([]);
});

/** What leaves a first AUTH without a single octet in answer to it. */
const UNANSWERED = ['says nothing', 'resets the connection', 'ends the connection'];

test('whatever a warm server does wrong at AUTH, a login is said again only when nothing came back', async () => {
  const outcomes = await Promise.all(
    Object.entries(FAULTS).map(async ([name, fault]) => {
      await using server = await HostileServer.start({
        mode: 'implicit',
        pipelining: true,
        certificate: good,
        at: 'AUTH',
        fault,
      });
      await using proxy = await proxyInFrontOf(server, {
        mode: 'implicit',
        timeoutMs: 4 * SECOND_MS,
        provingMs: 20 * SECOND_MS,
        aliveMs: SECOND_MS,
      });
      await proxy.warm.offer();
      using mailProgram = await greetedBy(proxy);
      const code = (await mailProgram.ask(LOGIN)).slice(0, 3);
      const logins = server.heard.secured.split(LOGIN).length - 1;
      return [name, { code, logins, connections: server.connections }] as const;
    }),
  );
  const expected = Object.keys(FAULTS).map((name) => {
    const logins = UNANSWERED.includes(name) ? 2 : 1;
    const code = name === 'says the replies to come as well' ? '235' : '454';
    return [name, { code, logins, connections: logins }] as const;
  });
  expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));
});
