import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import { MxProbe, type MxProbeOptions } from '../../proxy/forecast/mx-probe.ts';
import { MxServer } from '../mx-server.ts';
import { temporaryState } from '../temporary-state.ts';

const HOST = 'mx.example.org';
const HERE = ['127.0.0.1'];
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const NOT_OFFERED = { 'EHLO inside TLS': '250-mx.example.org\r\n250 HELP\r\n' };

/** A mail server, and processes that look at it on a day that can be chosen. */
async function mailServer(says: MxServer['says'] = {}) {
  const certificate = await demoCertificate(HOST); // for a day from now
  const server = await MxServer.start({ certificate, says });
  const state = await temporaryState();
  const opened: MxProbe[] = [];
  const world = {
    server,
    state: state.folder,
    now: Date.now(),
    process: async (but: Partial<MxProbeOptions> = {}) => {
      const probe = await MxProbe.open({
        state: state.folder,
        trust: [certificate.ca],
        mxPort: server.port,
        allowSpecialAddresses: true,
        log: pino({ level: 'silent' }),
        now: () => world.now,
        ...but,
      });
      opened.push(probe);
      return probe;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map(async (one) => await one.close()));
      await server[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
  return world;
}

test('F4: what was seen of a mail server is known to every process, with its age', async () => {
  await using world = await mailServer();
  const seen = await (await world.process()).probe(HOST, HERE);
  expect(seen).toMatchObject({ kind: 'seen', requireTls: true, ageMs: 0 });
  world.now += 3 * HOUR_MS;
  const other = await world.process();
  expect(await other.lastSeen(HOST)).toEqual({ ...seen, ageMs: 3 * HOUR_MS });
  expect(await other.probe(HOST, HERE)).toEqual({ ...seen, ageMs: 3 * HOUR_MS });
  expect(world.server.connections).toBe(1);
});

test('F4: a server that offers REQUIRETLS is looked at once a day, another one once an hour', async () => {
  await using world = await mailServer(NOT_OFFERED);
  const probe = await world.process();
  const first = await probe.probe(HOST, HERE);
  expect(first).toMatchObject({ kind: 'seen', requireTls: false });
  world.now += HOUR_MS - 1;
  await probe.probe(HOST, HERE);
  expect(world.server.connections).toBe(1);

  world.now += 1;
  world.server.says = {};
  expect(await probe.probe(HOST, HERE)).toMatchObject({ requireTls: true, ageMs: 0 });
  expect(world.server.connections).toBe(2);
  world.now += DAY_MS / 2;
  await probe.probe(HOST, HERE);
  expect(world.server.connections).toBe(2);
});

test('F4: a server that was not seen this time takes nothing away of what was seen before', async () => {
  await using world = await mailServer(NOT_OFFERED);
  const seen = await (await world.process()).probe(HOST, HERE);
  world.now += 2 * HOUR_MS;
  const refusing: MxServer['says'][] = [
    { greeting: '554 5.7.1 you are listed\r\n' },
    { EHLO: '451 4.7.1 later\r\n' },
    { greeting: (socket) => void socket.destroy() },
  ];
  for (const says of refusing) {
    world.server.says = says;
    const probe = await world.process();
    expect(await probe.probe(HOST, HERE)).toEqual({ ...seen, ageMs: 2 * HOUR_MS });
    expect(await probe.lastSeen(HOST)).toEqual({ ...seen, ageMs: 2 * HOUR_MS });
  }
  expect(world.server.connections).toBe(4);
});

test('F4: what was seen takes the place of what was seen before, good or bad', async () => {
  await using world = await mailServer(NOT_OFFERED);
  await (await world.process()).probe(HOST, HERE);
  world.now += 2 * HOUR_MS;
  world.server.says = { EHLO: '250-mx.example.org\r\n250 HELP\r\n' };
  const probe = await world.process();
  expect(await probe.probe(HOST, HERE)).toEqual({ kind: 'no STARTTLS', ageMs: 0 });
  expect(await probe.lastSeen(HOST)).toEqual({ kind: 'no STARTTLS', ageMs: 0 });
});

test.for([
  ['a week', 7 * DAY_MS, true],
  ['more than a week', 7 * DAY_MS + 1, false],
] as const)('F4: what was seen %s ago is told: %s', async ([, ms, isTold]) => {
  await using world = await mailServer({ EHLO: '250 mx.example.org\r\n' });
  const probe = await world.process();
  await probe.probe(HOST, HERE);
  world.now += ms;
  const last = await probe.lastSeen(HOST);
  expect(last).toEqual(isTold ? { kind: 'no STARTTLS', ageMs: ms } : undefined);
});

test('F3: what was seen is not told any more once the certificate has expired', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  await probe.probe(HOST, HERE);
  world.now += DAY_MS + 1000; // the certificate lasts a day
  expect(await probe.lastSeen(HOST)).toBeUndefined();
});

test('F4: a host that cannot be seen is left alone for a while', async () => {
  await using world = await mailServer({ greeting: '421 4.7.0 later\r\n' });
  const probe = await world.process();
  for (let time = 0; time < 5; time += 1) {
    const { ageMs, ...fact } = await probe.probe(HOST, HERE);
    expect(fact).toEqual({ kind: 'not seen', why: 'refused us' });
    expect(ageMs).toBeGreaterThanOrEqual(0);
  }
  expect(world.server.connections).toBe(1);
});

test('F4: a host without an address is looked at as soon as it has one', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  expect(await probe.probe(HOST, [])).toEqual({ kind: 'not seen', why: 'no address', ageMs: 0 });
  expect(await probe.probe(HOST, HERE)).toMatchObject({ kind: 'seen' });
});

test('F4: where no mail server can be reached, no other one is tried, and that is said', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const refused = { kind: 'not seen', why: 'connection refused', ageMs: 0 };
  for (const at of [1, 2, 3]) {
    const address = `127.${at}.0.1`; // where nobody listens
    expect(await probe.probe(`mx.example${at}.org`, [address])).toEqual(refused);
  }
  const closed = { kind: 'not seen', why: 'port 25 closed here', ageMs: 0 };
  expect(await probe.probe(HOST, HERE)).toEqual(closed);
  expect(world.server.connections).toBe(0);
});

test('F4: of a host that nobody looked at nothing was seen', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  await probe.probe(HOST, HERE);
  for (const other of ['example.org', 'mx2.example.org', '../mx.example.org', '']) {
    expect(await probe.lastSeen(other)).toBeUndefined();
  }
});

test('F4: a host is looked at once, however many domains ask at the same time', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const looks = Array.from({ length: 50 }, async () => await probe.probe(HOST, HERE));
  for (const look of await Promise.all(looks)) expect(look.kind).toBe('seen');
  expect(world.server.connections).toBe(1);
});

test('F7: ten mail servers are looked at at once, and no more', async () => {
  let held = 0;
  let most = 0;
  const waiting: net.Socket[] = [];
  await using world = await mailServer({
    greeting: (socket) => {
      held += 1;
      most = Math.max(most, held);
      socket.on('close', () => (held -= 1));
      waiting.push(socket);
      if (waiting.length >= 10) for (const one of waiting.splice(0)) one.end('554 no\r\n');
    },
  });
  const probe = await world.process();
  const hosts = Array.from({ length: 50 }, (_, at) => `mx${at}.example.org`);
  const looks = await Promise.all(hosts.map(async (host) => await probe.probe(host, HERE)));
  expect(looks.every(({ kind }) => kind === 'not seen')).toBe(true);
  expect(world.server.connections).toBe(50);
  expect(most).toBe(10);
});

test('F4: what was learnt where somebody else is trusted does not count here', async () => {
  await using world = await mailServer();
  await (await world.process()).probe(HOST, HERE);
  const trust = [(await demoCertificate('other.example')).ca];
  expect(await (await world.process({ trust })).lastSeen(HOST)).toBeUndefined();
});

test('what was seen is kept for its owner alone, and says no more than what was seen', async () => {
  await using world = await mailServer(NOT_OFFERED);
  await (await world.process()).probe(HOST, HERE);
  const [learntBy = ''] = await readdir(join(world.state, 'forecast'));
  const file = join(world.state, 'forecast', learntBy, 'observations', `@${HOST}`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(kept).toMatchObject({ version: 1, host: HOST, seenAt: world.now });
  expect(Object.keys(Object(kept))).toEqual(['version', 'host', 'seenAt', 'currentUntil', 'look']);
});

test('F4: what was seen of another host does not count under this one’s name', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  await probe.probe(HOST, HERE);
  const [learntBy = ''] = await readdir(join(world.state, 'forecast'));
  const folder = join(world.state, 'forecast', learntBy, 'observations');
  await copyFile(join(folder, `@${HOST}`), join(folder, '@mx2.example.org'));
  expect(await probe.lastSeen('mx2.example.org')).toBeUndefined();
});

test('a process that ends while it looks ends its connections', async () => {
  await using world = await mailServer({ greeting: () => undefined });
  const probe = await world.process();
  const looking = probe.probe(HOST, HERE);
  while (world.server.connections === 0) await new Promise((resolve) => setImmediate(resolve));
  await probe.close();
  expect((await looking).kind).toBe('not seen');
});
