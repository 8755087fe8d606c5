import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import { MtaSts } from '../../proxy/forecast/policy/mta-sts-facts.ts';
import type { MtaStsFacts } from '../../shared/forecast/facts.ts';
import { FAILED, found, NONE, POLICY, PolicyServer, response } from '../policy-server.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';

const certificate = await demoCertificate('mta-sts.example.org');
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_AGE_MS = 7 * DAY_MS; // of POLICY
const START = Date.parse('2027-03-01T12:00:00Z');

const withMode = (mode: string) => {
  const body = POLICY.replace('enforce', mode);
  return response({ body });
};
const ANNOUNCED = found('v=STSv1; id=one;');
const ANNOUNCED_ANEW = found('v=STSv1; id=two;');

/** A domain with its policy host, and a process that asks about it, on a day that can be chosen. */
async function domain({ answer = response() }: { answer?: PolicyServer['answer'] } = {}) {
  const server = await PolicyServer.start({ certificate, answer });
  const state = await temporaryState();
  const opened: MtaSts[] = [];
  const logged: string[] = [];
  const world = {
    server,
    state: state.folder,
    logged,
    now: START,
    record: ANNOUNCED,
    addresses: found('127.0.0.1'),
    asked: [] as string[],
    /** Another process on the same state folder. */
    process: async (but: { trust?: readonly string[]; fetchMs?: number } = {}) => {
      const one = new MtaSts({
        state: state.folder,
        trust: [certificate.ca],
        policyPort: server.port,
        allowSpecialAddresses: true,
        log: pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
        now: () => world.now,
        fetchMs: 3000,
        ...but,
      });
      opened.push(one);
      return async (name = 'example.org'): Promise<MtaStsFacts> =>
        await one.factsOf(name, {
          txt: (asked) => {
            world.asked.push(asked);
            return Promise.resolve(world.record);
          },
          addresses: (asked) => {
            world.asked.push(asked);
            return Promise.resolve(world.addresses);
          },
        });
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map(async (one) => await one.close()));
      await server[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
  return world;
}

const enforced = (kept: string, ageMs: number, id = 'one') => ({
  kind: 'policy',
  policy: { id, mode: 'enforce', mx: ['mx.example.org'], maxAgeSeconds: 604800 },
  kept,
  ageMs,
});

test('F5, RFC 8461 §3: a policy that is announced is fetched once, and kept', async () => {
  await using world = await domain();
  const ask = await world.process();
  expect((await ask()).policy).toEqual(enforced('as announced', 0));
  world.now += 5000;
  expect((await ask()).policy).toEqual(enforced('as announced', 5000));
  expect(world.server.requests).toHaveLength(1);
  expect(world.asked).toEqual([
    '_mta-sts.example.org',
    'mta-sts.example.org',
    '_mta-sts.example.org',
  ]);
});

test('F5, RFC 8461 §3.3: a process that starts later knows what another one fetched', async () => {
  await using world = await domain();
  await (
    await world.process()
  )();
  world.now += 1000;
  expect((await (await world.process())()).policy).toEqual(enforced('as announced', 1000));
  expect(world.server.requests).toHaveLength(1);
});

test('F5: a domain that announces nothing has no policy, and no policy host is asked', async () => {
  await using world = await domain();
  const ask = await world.process();
  for (const record of [
    NONE,
    found(),
    found('v=spf1 -all'),
    found('v=STSv1; id=a;', 'v=STSv1; id=b;'),
  ]) {
    world.record = record;
    expect(await ask()).toEqual({ record, policy: { kind: 'none' } });
  }
  expect(world.server.connections).toBe(0);
});

test('F5: nobody can tell of a policy where the look-up of its record failed', async () => {
  await using world = await domain();
  world.record = FAILED;
  const { policy } = await (await world.process())();
  expect(policy).toEqual({ kind: 'failed', why: 'DNS failed', detail: 'server failure', ageMs: 0 });
});

test.for([
  ['vanished', NONE],
  ['cannot be looked up', FAILED],
  ['is malformed', found('v=STSv1; id=!;')],
  ['stands there twice', found('v=STSv1; id=one;', 'v=STSv1; id=one;')],
  ['gave way to another', found('v=spf1 -all')],
] as const)(
  'F5, RFC 8461 §3.1, §3.3: a policy holds for its max_age though its record %s',
  async ([, record]) => {
    await using world = await domain();
    await (
      await world.process()
    )();
    Object.assign(world, { record, now: START + DAY_MS - 1 });
    const ask = await world.process();
    expect((await ask()).policy).toEqual(enforced('record vanished', DAY_MS - 1));
    expect(world.server.requests).toHaveLength(1);

    world.server.answer = response({ status: '404 None' });
    world.now = START + MAX_AGE_MS;
    expect((await ask()).policy).toEqual(enforced('record vanished', MAX_AGE_MS));
    world.now += 1;
    expect((await ask()).policy.kind).toBe(record.kind === 'failed' ? 'failed' : 'none');
  },
);

test.for([
  ['answers with an error', response({ status: '503 Later' })],
  ['sends what is no policy', response({ body: 'mode: none' })],
  [
    'redirects',
    response({ status: '302 Found', headers: ['Location: /', 'Content-Length: 0'], body: '' }),
  ],
] as const)(
  'F5, RFC 8461 §3.3: when the id changes and the policy host %s, the policy that is kept holds',
  async ([, answer]) => {
    await using world = await domain();
    const ask = await world.process();
    await ask();
    world.now += 60_000;
    Object.assign(world, { record: ANNOUNCED_ANEW });
    world.server.answer = answer;
    expect((await ask()).policy).toEqual(enforced('fetch failed', 60_000));

    world.now = START + MAX_AGE_MS + 1;
    expect((await ask()).policy.kind).toBe('failed');
  },
);

test('F5: a policy host that nobody can reach takes no policy away', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  for (const addresses of [NONE, FAILED, found('127.0.0.2')]) {
    Object.assign(world, { record: found(`v=STSv1; id=${world.asked.length};`), addresses });
    expect((await ask()).policy).toEqual(enforced('fetch failed', 0));
  }
});

test('F5, RFC 8461 §3.3: another id brings another policy in the place of the one that is kept', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  world.record = ANNOUNCED_ANEW;
  world.server.answer = withMode('testing');
  world.now += 1000;
  for (const process of [ask, await world.process()]) {
    expect((await process()).policy).toMatchObject({
      policy: { id: 'two', mode: 'testing' },
      ageMs: 0,
    });
  }
  expect(world.server.requests).toHaveLength(2);
});

test('F5, RFC 8461 §8.3: a domain leaves by a policy of the mode none', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  world.record = ANNOUNCED_ANEW;
  world.server.answer = response({ body: 'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n' });
  expect((await ask()).policy).toMatchObject({ policy: { mode: 'none' }, kept: 'as announced' });
  world.record = NONE;
  expect((await ask()).policy).toMatchObject({ policy: { mode: 'none' }, kept: 'record vanished' });
});

test('F5, RFC 8461 §3.3: after a failure no process tries that id again for five minutes', async () => {
  await using world = await domain({ answer: response({ status: '500 No' }) });
  const failure = { kind: 'failed', why: 'HTTP status', detail: '500' };
  const ask = await world.process();
  expect((await ask()).policy).toEqual({ ...failure, ageMs: 0 });
  world.now += 5 * 60 * 1000;
  const other = await world.process();
  expect((await other()).policy).toEqual({ ...failure, ageMs: 5 * 60 * 1000 });
  expect(world.server.requests).toHaveLength(1);

  world.server.answer = response();
  world.now += 1;
  expect((await ask()).policy).toEqual(enforced('as announced', 0));
});

test('F5, RFC 8461 §3.3: another id is tried at once after a failure', async () => {
  await using world = await domain({ answer: response({ status: '500 No' }) });
  const ask = await world.process();
  await ask();
  world.record = ANNOUNCED_ANEW;
  world.server.answer = response();
  expect((await ask()).policy).toEqual(enforced('as announced', 0, 'two'));
});

test('F5: where nobody was bothered, the next attempt need not wait', async () => {
  await using world = await domain();
  world.addresses = FAILED;
  const ask = await world.process();
  expect((await ask()).policy).toMatchObject({ kind: 'failed', why: 'DNS failed' });
  world.addresses = found('127.0.0.1');
  expect((await ask()).policy).toEqual(enforced('as announced', 0));
});

test('F5, RFC 8461 §3.3: a policy is fetched again once a day, so that it does not run out', async () => {
  await using world = await domain();
  const ask = await world.process();
  for (let day = 1; day <= 14; day += 1) {
    world.now = START + day * DAY_MS;
    expect((await ask()).policy).toEqual(enforced('as announced', 0));
  }
  expect(world.server.requests).toHaveLength(14);
});

test('F5, RFC 8461 §10.2: where the record is kept away, a policy is fetched again all the same', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  world.record = NONE;
  world.now += DAY_MS;
  expect((await ask()).policy).toEqual(enforced('record vanished', 0));
  expect(world.server.requests).toHaveLength(2);
});

test('F5: a policy that is kept is told though its refresh takes long, and the refresh counts later', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  const waiting: (() => void)[] = [];
  world.server.answer = (socket) => waiting.push(() => socket.end(response()));
  world.now += DAY_MS;
  expect((await ask()).policy).toEqual(enforced('as announced', DAY_MS));
  for (const goOn of waiting) goOn();
  await waitUntil(
    async () => {
      const { policy } = await ask();
      return policy.kind === 'policy' && policy.ageMs === 0;
    },
    3000,
    () => 'the refreshed policy is not kept',
  );
  expect(world.server.requests).toHaveLength(2);
});

test('F5: a policy is asked for once, however many ask at the same time', async () => {
  await using world = await domain();
  const ask = await world.process();
  const asking = Array.from({ length: 20 }, async () => await ask());
  for (const { policy } of await Promise.all(asking)) expect(policy.kind).toBe('policy');
  expect(world.server.requests).toHaveLength(1);
});

test('F5: a policy is that of the domain itself, and of no other one', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  world.record = NONE;
  for (const other of ['sub.example.org', 'org', 'example.org.example.net', '../example.org', '']) {
    expect((await ask(other)).policy).toEqual({ kind: 'none' });
  }
});

test('F5: what was learnt with an authority of one’s own counts where that is trusted alone', async () => {
  await using world = await domain();
  await (
    await world.process()
  )();
  const elsewhere = await world.process({ trust: [(await demoCertificate('other.example')).ca] });
  world.record = NONE;
  expect((await elsewhere()).policy).toEqual({ kind: 'none' });
});

test.for([
  ['back by a day', -DAY_MS],
  ['forward by a day', DAY_MS],
  ['back by all of max_age', -MAX_AGE_MS],
] as const)('F5: a clock that is set %s drops no policy', async ([, ms]) => {
  await using world = await domain();
  await (
    await world.process()
  )();
  world.now += ms;
  Object.assign(world, { record: NONE });
  world.server.answer = response({ status: '404 None' });
  const { policy } = await (await world.process())();
  expect(policy).toEqual(enforced('record vanished', Math.max(0, ms)));
});

test('F5: a clock that is set back does not make a policy hold for ever', async () => {
  await using world = await domain();
  await (
    await world.process()
  )();
  world.now -= MAX_AGE_MS + 1;
  Object.assign(world, { record: NONE });
  expect((await (await world.process())()).policy).toEqual({ kind: 'none' });
  world.now = START; // and when it is right again, the policy is there
  expect((await (await world.process())()).policy).toEqual(enforced('record vanished', 0));
});

test('F5: a policy that a clock in the future dated is dated anew as soon as it can be fetched', async () => {
  await using world = await domain();
  const ask = await world.process();
  await ask();
  world.now -= DAY_MS;
  expect((await ask()).policy).toEqual(enforced('as announced', 0));
  world.now += 1000;
  expect((await ask()).policy).toEqual(enforced('as announced', 1000));
  expect(world.server.requests).toHaveLength(2);
});

test('policies are kept for their owner alone, one file for each domain', async () => {
  await using world = await domain();
  await (
    await world.process()
  )();
  const folders = await readdir(join(world.state, 'forecast'));
  expect(folders).toHaveLength(1);
  const folder = join(world.state, 'forecast', folders[0] ?? '', 'policies');
  expect(await readdir(folder)).toEqual(['@example.org']);
  const modes = [folder, join(folder, '@example.org')].map(async (one) => (await stat(one)).mode);
  expect((await Promise.all(modes)).map((mode) => mode & 0o777)).toEqual([0o700, 0o600]);
  expect(JSON.parse(await readFile(join(folder, '@example.org'), 'utf8'))).toEqual({
    version: 1,
    domain: 'example.org',
    fetchedAt: START,
    policy: { id: 'one', mode: 'enforce', mx: ['mx.example.org'], maxAgeSeconds: 604800 },
  });
});

test.for([
  ['holds no JSON', 'version: STSv1'],
  ['is empty', ''],
  ['is of another version', JSON.stringify({ version: 2 })],
  [
    'is of another domain',
    JSON.stringify({
      version: 1,
      domain: 'example.net',
      fetchedAt: START,
      policy: { id: 'one', mode: 'none', mx: [], maxAgeSeconds: 604800 },
    }),
  ],
  ['has become too large', 'x'.repeat(600_000)],
] as const)('a file that %s is no policy, and makes way for one', async ([, text]) => {
  await using world = await domain();
  await (
    await world.process()
  )();
  const [folder = ''] = await readdir(join(world.state, 'forecast'));
  const file = join(world.state, 'forecast', folder, 'policies', '@example.org');
  await writeFile(file, text);
  const ask = await world.process();
  expect((await ask()).policy).toEqual(enforced('as announced', 0));
  expect(world.server.requests).toHaveLength(2);
});

test('a state folder that others can write to is not believed, and the log says so once', async () => {
  await using world = await domain();
  await mkdir(world.state, { recursive: true });
  await chmod(world.state, 0o777);
  const ask = await world.process();
  for (let time = 0; time < 3; time += 1) {
    expect((await ask()).policy).toEqual(enforced('as announced', 0));
  }
  expect(world.server.requests).toHaveLength(1); // it is held in memory
  expect(world.logged.filter((line) => line.includes('forecasts not kept'))).toHaveLength(1);
  expect(await readdir(world.state)).toEqual([]);
});

test('the log names no domain', async () => {
  await using world = await domain({ answer: response({ status: '500 No' }) });
  await (
    await world.process()
  )();
  expect(world.logged.join('')).not.toContain('example');
});

test('a process that ends while it fetches keeps nobody from fetching again', async () => {
  await using world = await domain({ answer: () => undefined });
  const one = new MtaSts({
    state: world.state,
    trust: [certificate.ca],
    policyPort: world.server.port,
    allowSpecialAddresses: true,
    log: pino({ level: 'silent' }),
    now: () => world.now,
  });
  const lookUps = {
    txt: () => Promise.resolve(ANNOUNCED),
    addresses: () => Promise.resolve(found('127.0.0.1')),
  };
  const asking = one.factsOf('example.org', lookUps);
  await waitUntil(
    () => world.server.requests.length === 1,
    3000,
    () => 'nobody asks',
  );
  await one.close();
  expect((await asking).policy.kind).toBe('failed');
  world.server.answer = response();
  expect((await (await world.process())()).policy.kind).toBe('policy');
});

test('F5: a process that is answered late has the older policy, and does not keep it', async () => {
  await using world = await domain();
  const [slow, quick] = [await world.process(), await world.process()];
  const waiting: (() => void)[] = [];
  world.server.answer = (socket) => waiting.push(() => socket.end(withMode('testing')));
  const late = slow();
  await waitUntil(
    () => waiting.length === 1,
    3000,
    () => 'nobody asks',
  );
  world.now += 1000;
  world.record = ANNOUNCED_ANEW;
  world.server.answer = response();
  expect((await quick()).policy).toEqual(enforced('as announced', 0, 'two'));
  world.now += 1000;
  for (const goOn of waiting) goOn();
  await late;
  expect((await (await world.process())()).policy).toEqual(enforced('as announced', 1000, 'two'));
});

test('F5: a process that has ended makes no folders', async () => {
  await using world = await domain();
  const one = new MtaSts({
    state: world.state,
    trust: [certificate.ca],
    policyPort: world.server.port,
    allowSpecialAddresses: true,
    log: pino({ level: 'silent' }),
  });
  await one.close();
  await one.factsOf('example.org', {
    txt: () => Promise.resolve(ANNOUNCED),
    addresses: () => Promise.resolve(found('127.0.0.1')),
  });
  await expect(readdir(world.state)).rejects.toThrow('ENOENT');
});
