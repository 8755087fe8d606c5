import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../proxy/commands/check.ts';
import { demo } from '../../proxy/commands/demo.ts';
import {
  startDemoServer,
  type DemoArrival,
  type DemoServer,
} from '../../proxy/commands/demo-server.ts';
import { run } from '../../proxy/commands/run.ts';
import { listeningPort } from '../listening-port.ts';
import { waitUntil } from '../wait-until.ts';
import { capturedTerminal, type CapturedTerminal } from './captured-terminal.ts';

type Files = AsyncDisposable & { readonly ca: string; readonly state: string };

async function caFile({ trust }: DemoServer): Promise<Files> {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-ca-'));
  const ca = path.join(folder, 'ca.pem');
  await writeFile(ca, trust.join('\n'));
  const state = path.join(folder, 'state');
  return { ca, state, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function urlOf({ server }: DemoServer): string {
  return `submissions://${server.host}:${server.port}`;
}

function flagsFor(server: DemoServer, { ca, state }: Files) {
  const here = '127.0.0.1:0';
  return { listen: here, control: here, upstream: urlOf(server), ca, state };
}

async function portIn(terminal: CapturedTerminal): Promise<number> {
  return await waitUntil(
    () => Number(/event=listening .*?\bport=(\d+)/.exec(terminal.written().err)?.[1]) || undefined,
    3000,
    () => `no port in ${terminal.written().err}`,
  );
}

/** Says each line and waits for as many replies. */
async function say(socket: Socket, ...lines: readonly string[]): Promise<string> {
  let heard = '';
  const listen = (chunk: Buffer) => void (heard += chunk.toString());
  socket.on('data', listen);
  for (const line of lines) {
    const before = heard.length;
    if (line !== '') socket.write(`${line}\r\n`);
    await waitUntil(
      () => /^\d{3} .*\r\n$/m.test(heard.slice(before)),
      3000,
      () => `no reply: ${heard}`,
    );
  }
  socket.off('data', listen);
  return heard;
}

test('check: REQUIRETLS is offered: exit status 0, in words and as JSON', async () => {
  await using server = await startDemoServer({ offersRequireTls: true });
  await using file = await caFile(server);
  const words = capturedTerminal();
  expect(await check(urlOf(server), { ca: file.ca }, words)).toBe(0);
  expect(words.written().out).toMatch(/^localhost offers REQUIRETLS/);
  expect(words.written().out).toMatch(/TLS +TLSv1\.3, TLS_AES_256_GCM_SHA384/);
  expect(words.written().out).toMatch(/Certificate +CN=localhost, verified/);

  const json = capturedTerminal({ environment: { SSL_CERT_FILE: '/tmp/x' } });
  expect(await check(urlOf(server), { ca: file.ca, json: true }, json)).toBe(0);
  expect(JSON.parse(json.written().out)).toMatchObject({
    version: 1,
    ignoredEnvironment: ['SSL_CERT_FILE'],
    servers: [
      {
        server: 'localhost',
        verdict: 'REQUIRETLS offered',
        session: { version: 'TLSv1.3', ehlo: expect.arrayContaining(['REQUIRETLS', 'DSN']) },
      },
    ],
  });
});

test('check: REQUIRETLS is not offered: exit status 69', async () => {
  await using server = await startDemoServer({ offersRequireTls: false });
  await using file = await caFile(server);
  const terminal = capturedTerminal();
  expect(await check(urlOf(server), { ca: file.ca }, terminal)).toBe(69);
  expect(terminal.written().out).toMatch(/^localhost does not offer REQUIRETLS/);
});

test('check: a certificate that is not trusted: exit status 76, with the reason', async () => {
  await using server = await startDemoServer({ offersRequireTls: true });
  const terminal = capturedTerminal();
  expect(await check(urlOf(server), {}, terminal)).toBe(76);
  expect(terminal.written().out).toContain('comes from an authority that is not trusted here');
});

test('check: nobody listens: exit status 68, with the reason', async () => {
  const server = await startDemoServer({ offersRequireTls: true });
  await server[Symbol.asyncDispose]();
  const terminal = capturedTerminal();
  expect(await check(urlOf(server), { json: true }, terminal)).toBe(68);
  expect(JSON.parse(terminal.written().out)).toMatchObject({
    servers: [
      { verdict: 'unreachable', reason: expect.stringContaining('refused the connection') },
    ],
  });
});

test('run: without any configuration it says what to do: exit status 78', async () => {
  const terminal = capturedTerminal();
  expect(await run({}, terminal)).toBe(78);
  expect(terminal.written().err).toContain('requiretls demo');
});

test.each(['listen', 'control'] as const)(
  'run: a port that is taken for --%s is told with the port and the flag that changes it',
  async (flag) => {
    await using server = await startDemoServer({ offersRequireTls: true });
    await using file = await caFile(server);
    const taken = net.createServer();
    const port = await listeningPort(taken);
    const terminal = capturedTerminal();
    const flags = { ...flagsFor(server, file), [flag]: `127.0.0.1:${port}` };
    expect(await run(flags, terminal)).toBe(69);
    expect(terminal.written().err).toContain(`port ${port} is taken by another program`);
    expect(terminal.written().err).toContain(`--${flag} 127.0.0.1:PORT`);
    taken.close();
  },
);

test('run: a stop lets a message under way finish, and closes an idle connection with 421', async () => {
  const arrivals: DemoArrival[] = [];
  await using server = await startDemoServer({
    offersRequireTls: true,
    onMessage: (arrival) => arrivals.push(arrival),
  });
  await using file = await caFile(server);
  const terminal = capturedTerminal();
  const running = run(flagsFor(server, file), terminal);
  const port = await portIn(terminal);

  const idle = net.connect(port, '127.0.0.1');
  await say(idle, '');
  const busy = net.connect(port, '127.0.0.1');
  await say(busy, '', 'EHLO x', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA');
  let last = '';
  idle.on('data', (chunk: Buffer) => (last += chunk.toString()));
  terminal.requestStop();
  await waitUntil(
    () => last !== '',
    3000,
    () => 'the idle connection heard nothing',
  );
  expect(last).toMatch(/^421 4\.3\.2 /);

  expect(await say(busy, 'Subject: under way\r\n\r\nhello\r\n.')).toMatch(/^250 /);
  expect(await running).toBe(0);
  expect(arrivals).toHaveLength(1);
  for (const socket of [idle, busy]) socket.destroy();
});

test('run: no credential and no content comes into the log', async () => {
  await using server = await startDemoServer({ offersRequireTls: true });
  await using file = await caFile(server);
  const terminal = capturedTerminal();
  const running = run(flagsFor(server, file), terminal);
  const socket = net.connect(await portIn(terminal), '127.0.0.1');
  const canary = 'c4n4ry';
  const login = Buffer.from(`\0alice-${canary}\0${canary}`).toString('base64');
  await say(
    socket,
    '',
    'EHLO x',
    `AUTH PLAIN ${login}`,
    `MAIL FROM:<${canary}@b.example>`,
    `RCPT TO:<${canary}@d.example>`,
    'DATA',
    `Subject: ${canary}\r\nX-TLS-Required: Yes; id=K7\r\n\r\n${canary}\r\n.`,
    'QUIT',
  );
  terminal.requestStop();
  await running;
  expect(terminal.written().err).toContain('outcome=relayed requirement=required');
  expect(terminal.written().err).not.toContain(canary);
  expect(terminal.written().err).not.toContain(login);
});

test('demo --send: four dialogues side by side, and exit status 0 as all are right', async () => {
  const terminal = capturedTerminal({ columns: 160 });
  expect(await demo({ send: true }, terminal)).toBe(0);
  const { out } = terminal.written();
  expect(out).toMatch(/Normal +Require TLS +Deliver anyway +Require TLS, not offered/);
  expect(out.match(/as it must be/g)).toHaveLength(4);
  expect(out).toContain('550 5.7.30');
});

test('demo: prints what to type, shows a message as it arrives, and ends when asked', async () => {
  const terminal = capturedTerminal();
  const running = demo({ listen: '127.0.0.1:0', control: '127.0.0.1:0' }, terminal);
  const port = await waitUntil(
    () => Number(/Port +(\d+)/.exec(terminal.written().out)?.[1]) || undefined,
    3000,
    () => 'no port',
  );
  const socket = net.connect(port, '127.0.0.1');
  await say(
    socket,
    '',
    'EHLO x',
    'MAIL FROM:<ada@example.org>',
    'RCPT TO:<grace@example.net>',
    'DATA',
    'Subject: \u001b[31mred\r\nX-TLS-Required: No\r\n\r\nhello\r\n.',
  );
  socket.destroy();
  terminal.requestStop();
  expect(await running).toBe(0);
  const { out } = terminal.written();
  expect(out).toMatch(/envelope +MAIL FROM:<ada@example\.org>\n/);
  expect(out).toMatch(/ TLS-Required +No\n/);
  expect(out).toContain('?[31mred');
});
