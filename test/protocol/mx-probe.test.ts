import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { expect, test } from 'vitest';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import {
  MxProbe,
  type LookedAtFor,
  type MxProbeOptions,
} from '../../proxy/forecast/mail-server/mx-probe.ts';
import type { DaneWord } from '../../shared/forecast/dane-state.ts';
import { MxServer } from '../mx-server.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';

const HOST = 'mx.example.org';
const HERE = ['127.0.0.1'];
const NAMED = { domain: 'example.org', serverName: () => Promise.resolve(HOST) };

/** For a domain whose TLSA records say this of the certificate. */
function whereDaneSays(says: DaneWord): LookedAtFor {
  return { ...NAMED, vouches: () => Promise.resolve(says) };
}

const FOR = whereDaneSays('does not apply');
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const NOT_OFFERED = { 'EHLO inside TLS': '250-mx.example.org\r\n250 HELP\r\n' };

/** It signs itself, and is trusted. */
async function certificateFor30Days() {
  const made = await generate([{ name: 'commonName', value: HOST }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 30 * DAY_MS),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] }],
  });
  return { cert: made.cert, key: made.private };
}

/** A mail server, and processes that look at it on a day that can be chosen. */
async function mailServer(says: MxServer['says'] = {}, own?: SecureContextOptions) {
  const certificate = await certificateFor30Days();
  const server = await MxServer.start({ certificate: own ?? certificate, says });
  const state = await temporaryState();
  const opened: MxProbe[] = [];
  const world = {
    server,
    state: state.folder,
    now: Date.now(),
    process: async (but: Partial<MxProbeOptions> = {}) => {
      const probe = new MxProbe({
        state: state.folder,
        trust: [certificate.cert],
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
  const seen = await (await world.process()).probe(HOST, HERE, FOR);
  expect(seen).toMatchObject({ kind: 'seen', requireTls: true, ageMs: 0 });
  world.now += 3 * HOUR_MS;
  const other = await world.process();
  expect(await other.lastSeen(HOST, FOR)).toEqual({ ...seen, ageMs: 3 * HOUR_MS });
  expect(await other.probe(HOST, HERE, FOR)).toEqual({ ...seen, ageMs: 3 * HOUR_MS });
  expect(world.server.connections).toBe(1);
});

test('F4: a server that offers REQUIRETLS is looked at once a day, another one once an hour', async () => {
  await using world = await mailServer(NOT_OFFERED);
  const probe = await world.process();
  const first = await probe.probe(HOST, HERE, FOR);
  expect(first).toMatchObject({ kind: 'seen', requireTls: false });
  world.now += HOUR_MS - 1;
  await probe.probe(HOST, HERE, FOR);
  expect(world.server.connections).toBe(1);

  world.now += 1;
  world.server.says = {};
  expect(await probe.probe(HOST, HERE, FOR)).toMatchObject({ requireTls: true, ageMs: 0 });
  expect(world.server.connections).toBe(2);
  world.now += DAY_MS / 2;
  await probe.probe(HOST, HERE, FOR);
  expect(world.server.connections).toBe(2);
});

test('F4: a server that was not seen this time takes nothing away of what was seen before', async () => {
  await using world = await mailServer(NOT_OFFERED);
  const seen = await (await world.process()).probe(HOST, HERE, FOR);
  world.now += 2 * HOUR_MS;
  const refusing: MxServer['says'][] = [
    { greeting: '554 5.7.1 you are listed\r\n' },
    { EHLO: '451 4.7.1 later\r\n' },
    { greeting: (socket) => void socket.destroy() },
  ];
  for (const says of refusing) {
    world.server.says = says;
    const probe = await world.process();
    expect(await probe.probe(HOST, HERE, FOR)).toEqual({ ...seen, ageMs: 2 * HOUR_MS });
    expect(await probe.lastSeen(HOST, FOR)).toEqual({ ...seen, ageMs: 2 * HOUR_MS });
  }
  expect(world.server.connections).toBe(4);
});

const NO_STARTTLS = { EHLO: '250-mx.example.org\r\n250 HELP\r\n' };
const UNTRUSTED = { trust: [(await demoCertificate('other.example')).ca] };

test('F4: what was verified takes the place of what was verified before, good or bad', async () => {
  await using world = await mailServer();
  await (await world.process()).probe(HOST, HERE, FOR);
  world.now += DAY_MS;
  world.server.says = NOT_OFFERED;
  const probe = await world.process();
  const seen = { kind: 'seen', requireTls: false, ageMs: 0 };
  expect(await probe.probe(HOST, HERE, FOR)).toMatchObject(seen);
  expect(await probe.lastSeen(HOST, FOR)).toMatchObject(seen);
});

test('F4: what anybody on the way can show takes nothing away of what was verified', async () => {
  await using world = await mailServer();
  const verified = await (await world.process()).probe(HOST, HERE, FOR);
  world.now += 2 * DAY_MS;
  world.server.says = NO_STARTTLS;
  for (const probe of [await world.process(), await world.process()]) {
    const told = { ...verified, ageMs: 2 * DAY_MS };
    expect(await probe.probe(HOST, HERE, FOR)).toEqual(told);
    expect(await probe.lastSeen(HOST, FOR)).toEqual(told);
  }
  expect(world.server.connections).toBe(2); // and not once more within the hour
});

test.for([
  ['no STARTTLS', NO_STARTTLS, {}],
  ['no handshake', {}, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }],
] as const)(
  'F4: that there was %s is told for an hour: anybody on the way can show it',
  async ([, says, but]) => {
    await using world = await mailServer(says, { ...(await certificateFor30Days()), ...but });
    const probe = await world.process();
    const seen = await probe.probe(HOST, HERE, FOR);
    expect(['no STARTTLS', 'TLS failed']).toContain(seen.kind);
    world.now += HOUR_MS;
    expect(await probe.lastSeen(HOST, FOR)).toEqual({ ...seen, ageMs: HOUR_MS });
    world.now += 1;
    expect(await probe.lastSeen(HOST, FOR)).toBeUndefined();
  },
);

test('F3, F4: a certificate that nobody vouches for is told for an hour, with all it came with', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const other = await world.process(UNTRUSTED);
  await probe.probe(HOST, HERE, FOR);
  await other.probe(HOST, HERE, FOR);
  world.now += HOUR_MS + 1;
  expect(await probe.lastSeen(HOST, FOR)).toMatchObject({ kind: 'seen' });
  expect(await other.lastSeen(HOST, FOR)).toBeUndefined();
});

test('F3, F4: what DANE vouches for is verified, whatever PKIX says', async () => {
  await using world = await mailServer();
  const probe = await world.process(UNTRUSTED);
  const asked: string[] = [];
  const vouches: LookedAtFor['vouches'] = ({ chain }) => {
    asked.push(chain[0]?.publicKey.sha256 ?? '');
    return Promise.resolve('yes');
  };
  const seen = await probe.probe(HOST, HERE, { ...NAMED, vouches });
  expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  world.now += 6 * DAY_MS;
  const told = { ...seen, ageMs: 6 * DAY_MS };
  expect(await probe.lastSeen(HOST, whereDaneSays('yes'))).toEqual(told);
});

test('F3, F4: what fails DANE is not verified, whatever PKIX says, and looked at again in an hour', async () => {
  await using world = await mailServer();
  const mismatch = whereDaneSays('no');
  for (const [afterMs, ageMs, connections] of [
    [0, 0, 1],
    [HOUR_MS / 2, HOUR_MS / 2, 1],
    [HOUR_MS / 2 + 1, 0, 2],
    [HOUR_MS + 1, 0, 3],
  ] as const) {
    world.now += afterMs;
    const seen = await (await world.process()).probe(HOST, HERE, mismatch);
    expect(seen).toMatchObject({ kind: 'seen', requireTls: true, ageMs });
    expect(world.server.connections).toBe(connections);
  }
  world.now += HOUR_MS + 1;
  expect(await (await world.process()).lastSeen(HOST, mismatch)).toBeUndefined();
});

test('F3, F4: what fails DANE takes nothing away of what DANE had verified', async () => {
  await using world = await mailServer();
  const verified = await (await world.process()).probe(HOST, HERE, whereDaneSays('yes'));
  world.now += DAY_MS;
  await (await world.process()).probe(HOST, HERE, whereDaneSays('no'));
  expect(world.server.connections).toBe(2);
  world.now += HOUR_MS + 1;
  const told = await (await world.process()).lastSeen(HOST, whereDaneSays('yes'));
  expect(told).toEqual({ ...verified, ageMs: DAY_MS + HOUR_MS + 1 });
});

test.for([
  ['unknown', 1],
  ['does not apply', 2],
] as const)(
  'F3, F4: what DANE alone had verified is looked at again where it says: %s (%i looks)',
  async ([says, connections]) => {
    await using world = await mailServer();
    await (await world.process(UNTRUSTED)).probe(HOST, HERE, whereDaneSays('yes'));
    world.now += 2 * HOUR_MS;
    const probe = await world.process(UNTRUSTED);
    await probe.probe(HOST, HERE, whereDaneSays(says));
    expect(world.server.connections).toBe(connections);
  },
);

test('F3, F4: what the records of now do not vouch for is looked at again at once', async () => {
  await using world = await mailServer();
  const before = await (await world.process()).probe(HOST, HERE, whereDaneSays('yes'));
  world.now += HOUR_MS;
  const changed = whereDaneSays('no');
  const probe = await world.process();
  expect(await probe.probe(HOST, HERE, changed)).toEqual({ ...before, ageMs: 0 });
  expect(world.server.connections).toBe(2);
  // And not again for an hour; nor does the one before come in its place.
  world.now += HOUR_MS / 2;
  const told = { ...before, ageMs: HOUR_MS / 2 };
  expect(await probe.probe(HOST, HERE, changed)).toEqual(told);
  expect(await probe.lastSeen(HOST, changed)).toEqual(told);
  expect(world.server.connections).toBe(2);
  // Where the records are as before, it counts as before.
  expect(await probe.lastSeen(HOST, whereDaneSays('yes'))).toMatchObject({ ageMs: 1.5 * HOUR_MS });
});

test.for([
  ['a week', 7 * DAY_MS, true],
  ['more than a week', 7 * DAY_MS + 1, false],
] as const)('F4: what was verified %s ago is told: %s', async ([, ms, isTold]) => {
  await using world = await mailServer();
  const probe = await world.process();
  const seen = await probe.probe(HOST, HERE, FOR);
  world.now += ms;
  expect(await probe.lastSeen(HOST, FOR)).toEqual(isTold ? { ...seen, ageMs: ms } : undefined);
});

test('F3: what was seen is not told any more once the certificate has expired', async () => {
  const { cert, key, ca } = await demoCertificate(HOST); // for a day from now
  await using world = await mailServer({}, { cert, key });
  const probe = await world.process({ trust: [ca] });
  await probe.probe(HOST, HERE, FOR);
  expect(await probe.lastSeen(HOST, FOR)).toMatchObject({ kind: 'seen' });
  world.now += DAY_MS + 1000;
  expect(await probe.lastSeen(HOST, FOR)).toBeUndefined();
});

test('F4: a host that cannot be seen is left alone for a while', async () => {
  await using world = await mailServer({ greeting: '421 4.7.0 later\r\n' });
  const probe = await world.process();
  for (let time = 0; time < 5; time += 1) {
    const { ageMs, ...fact } = await probe.probe(HOST, HERE, FOR);
    expect(fact).toEqual({ kind: 'not seen', why: 'refused us' });
    expect(ageMs).toBeGreaterThanOrEqual(0);
  }
  expect(world.server.connections).toBe(1);
});

test('F4: a host without an address is looked at as soon as it has one', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  expect(await probe.probe(HOST, [], FOR)).toEqual({
    kind: 'not seen',
    why: 'no address',
    ageMs: 0,
  });
  expect(await probe.probe(HOST, HERE, FOR)).toMatchObject({ kind: 'seen' });
});

test('F4: where no mail server can be reached, no other one is tried, and that is said', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const refused = { kind: 'not seen', why: 'connection refused', ageMs: 0 };
  for (const at of [1, 2, 3, 4, 5, 6]) {
    const address = `127.${at}.0.1`; // where nobody listens
    const lookedAtFor = { ...FOR, domain: `example${at}.org` };
    expect(await probe.probe(`mx${at}.example.net`, [address], lookedAtFor)).toEqual(refused);
  }
  const closed = { kind: 'not seen', why: 'port 25 closed here', ageMs: 0 };
  expect(await probe.probe(HOST, HERE, FOR)).toEqual(closed);
  expect(world.server.connections).toBe(0);
});

test('F7: what was found out of port 25 is removed when it is over, though nobody is connected to', async () => {
  await using world = await mailServer();
  await (await world.process()).probe(HOST, HERE, FOR);
  const [learntBy = ''] = await readdir(join(world.state, 'forecast'));
  const folder = join(world.state, 'forecast', learntBy, 'port-25');
  expect(await readdir(folder)).toHaveLength(1);
  world.now += HOUR_MS;
  await (await world.process()).lastSeen(HOST, FOR);
  await waitUntil(
    async () => (await readdir(folder)).length === 0,
    3000,
    () => 'it is still there',
  );
});

test('F4: that no mail server can be reached is known, too, to those that waited for their turn', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const looks = Array.from({ length: 20 }, async (_, at) => {
    const address = `127.${at + 1}.0.1`; // where nobody listens
    return await probe.probe(`mx${at}.example.net`, [address], {
      ...FOR,
      domain: `d${at}.example`,
    });
  });
  const last = probe.probe(HOST, HERE, FOR);
  await Promise.all(looks);
  expect(await last).toEqual({ kind: 'not seen', why: 'port 25 closed here', ageMs: 0 });
  expect(world.server.connections).toBe(0);
});

test('F4: of a host that nobody looked at nothing was seen', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  await probe.probe(HOST, HERE, FOR);
  for (const other of ['example.org', 'mx2.example.org', '../mx.example.org', '']) {
    expect(await probe.lastSeen(other, FOR)).toBeUndefined();
  }
});

test('F4: a host is looked at once, however many domains ask at the same time', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  const looks = Array.from({ length: 50 }, async () => await probe.probe(HOST, HERE, FOR));
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
  const looks = await Promise.all(hosts.map(async (host) => await probe.probe(host, HERE, FOR)));
  expect(looks.every(({ kind }) => kind === 'not seen')).toBe(true);
  expect(world.server.connections).toBe(50);
  expect(most).toBe(10);
});

test('F4: what was learnt where somebody else is trusted does not count here', async () => {
  await using world = await mailServer();
  await (await world.process()).probe(HOST, HERE, FOR);
  const trust = [(await demoCertificate('other.example')).ca];
  expect(await (await world.process({ trust })).lastSeen(HOST, FOR)).toBeUndefined();
});

test('F3, RFC 7672 §8.1: a host is asked for its certificate by the name that its records are at', async () => {
  await using world = await mailServer();
  const at = { ...FOR, serverName: () => Promise.resolve('server.example.net') };
  await (await world.process()).probe(HOST, HERE, at);
  expect(world.server.names).toEqual(['server.example.net']);
});

test('what was seen is kept for its owner alone, and says no more than what was seen', async () => {
  await using world = await mailServer(NOT_OFFERED);
  await (await world.process()).probe(HOST, HERE, FOR);
  const [learntBy = ''] = await readdir(join(world.state, 'forecast'));
  const file = join(world.state, 'forecast', learntBy, 'observations', `@${HOST}`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(kept).toMatchObject({ version: 1, host: HOST, verified: { seenAt: world.now } });
  expect(Object.keys(Object(kept))).toEqual(['version', 'host', 'verified']);
});

test('F4: what was seen of another host does not count under this one’s name', async () => {
  await using world = await mailServer();
  const probe = await world.process();
  await probe.probe(HOST, HERE, FOR);
  const [learntBy = ''] = await readdir(join(world.state, 'forecast'));
  const folder = join(world.state, 'forecast', learntBy, 'observations');
  await copyFile(join(folder, `@${HOST}`), join(folder, '@mx2.example.org'));
  expect(await probe.lastSeen('mx2.example.org', FOR)).toBeUndefined();
});

test('a process that ends while it looks ends its connections', async () => {
  await using world = await mailServer({ greeting: () => undefined });
  const probe = await world.process();
  const looking = probe.probe(HOST, HERE, FOR);
  while (world.server.connections === 0) await new Promise((resolve) => setImmediate(resolve));
  await probe.close();
  expect((await looking).kind).toBe('not seen');
});
