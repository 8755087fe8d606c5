import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Port25 } from '../../proxy/forecast/mail-server/port-25.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A computer, and processes on it; each `open()` is one of them. */
async function computer() {
  const state = await temporaryState();
  const world = {
    now: Date.now(),
    where: 'at home',
    file: join(state.folder, 'port-25', '@silence'),
    open: () =>
      new Port25({
        state: state.folder,
        within: ['port-25'],
        log: pino({ level: 'silent' }),
        now: () => world.now,
        where: () => world.where,
      }),
    [Symbol.asyncDispose]: state[Symbol.asyncDispose],
  };
  return world;
}

type Silence = readonly (readonly [domain: string, address: string])[];

const ELSEWHERE: Silence = [
  ['example.org', '192.0.2.1'],
  ['example.net', '198.51.100.1'],
  ['example.com', '203.0.113.1'],
];

async function silence(
  port: Port25,
  domains: Silence,
  how: 'silence' | 'refusal' = 'silence',
): Promise<void> {
  await Promise.all(
    domains.map(async ([domain, address]) => await port.failed(domain, [address], how)),
  );
}

test('F4: port 25 is closed here when servers of three domains keep silent in three networks, and for an hour', async () => {
  await using world = await computer();
  const port = world.open();
  await silence(port, ELSEWHERE.slice(0, 2));
  expect(await port.isClosed()).toBe(false);
  await silence(port, ELSEWHERE.slice(2));
  expect(await port.isClosed()).toBe(true);
  world.now += HOUR_MS - 1;
  expect(await port.isClosed()).toBe(true);
  world.now += 1;
  expect(await port.isClosed()).toBe(false);
});

test('F4: processes that look at one server each find out together that port 25 is closed', async () => {
  await using world = await computer();
  for (const one of ELSEWHERE) await silence(world.open(), [one]);
  expect(await world.open().isClosed()).toBe(true);
});

test('F4: that port 25 is closed in one network says nothing of another one', async () => {
  await using world = await computer();
  await silence(world.open(), ELSEWHERE);
  world.where = 'at work';
  const port = world.open();
  expect(await port.isClosed()).toBe(false);
  await silence(port, ELSEWHERE.slice(0, 2));
  expect(await port.isClosed()).toBe(false);
});

test.for<[string, Silence]>([
  ['one host, again and again', Array.from({ length: 9 }, () => ['example.org', '192.0.2.1'])],
  [
    'ten domains of one provider in one network',
    Array.from({ length: 10 }, (_, at) => [`example${at}.org`, `192.0.2.${at}`]),
  ],
  [
    'one domain with hosts in many networks: it can say so of itself',
    [
      ['example.org', '192.0.2.1'],
      ['example.org', '198.51.100.1'],
      ['example.org', '203.0.113.1'],
      ['example.org', '2001:db8::1'],
    ],
  ],
  [
    'two such domains',
    [
      ['example.org', '192.0.2.1'],
      ['example.org', '198.51.100.1'],
      ['example.net', '203.0.113.1'],
      ['example.net', '2001:db8::1'],
    ],
  ],
  [
    'hosts in one network of IPv6',
    [
      ['example.org', '2001:db8:1::1'],
      ['example.net', '2001:db8:2::1'],
      ['example.com', '2001:db8:3::1'],
    ],
  ],
])('F4: a careless case does not make port 25 closed: %s', async ([, domains]) => {
  await using world = await computer();
  const port = world.open();
  await silence(port, domains);
  expect(await port.isClosed()).toBe(false);
});

test('F4: servers that refuse count half: they are perhaps only not running', async () => {
  await using world = await computer();
  const port = world.open();
  await silence(port, ELSEWHERE, 'refusal');
  expect(await port.isClosed()).toBe(false);
  const others = ELSEWHERE.map(([domain, address]) => [`other.${domain}`, address] as const);
  await silence(port, others, 'refusal');
  expect(await port.isClosed()).toBe(true);
});

test('F4: where one answered within the hour, others that keep silent close nothing', async () => {
  await using world = await computer();
  await world.open().answered();
  world.now += HOUR_MS - 1;
  await silence(world.open(), ELSEWHERE);
  expect(await world.open().isClosed()).toBe(false);
  world.now += 1;
  await silence(world.open(), ELSEWHERE);
  expect(await world.open().isClosed()).toBe(true);
});

test('F4: one host that answers shows that port 25 is open', async () => {
  await using world = await computer();
  const port = world.open();
  await silence(port, ELSEWHERE);
  expect(await port.isClosed()).toBe(true);
  await port.answered();
  expect(await port.isClosed()).toBe(false);
});

test.for([
  ['hours ago', HOUR_MS],
  ['in the future of a clock that was set back', -1],
] as const)('F4: silence that was heard %s does not count', async ([, ms]) => {
  await using world = await computer();
  const port = world.open();
  await silence(port, ELSEWHERE.slice(0, 2));
  world.now += ms;
  await silence(port, ELSEWHERE.slice(2));
  expect(await port.isClosed()).toBe(false);
});

test.for([
  ['silence', async (port: Port25) => await silence(port, ELSEWHERE.slice(0, 1))],
  ['a port that is closed', async (port: Port25) => await silence(port, ELSEWHERE)],
  ['an answer', async (port: Port25) => await port.answered()],
] as const)('F7: what does not count any more is removed: %s', async ([, learn]) => {
  await using world = await computer();
  await learn(world.open());
  world.now += HOUR_MS;
  await world.open().isClosed();
  await waitUntil(
    async () => (await readdir(dirname(world.file))).length === 0,
    3000,
    () => 'the file is still there',
  );
});

test('F7: what still counts is not removed with it', async () => {
  await using world = await computer();
  const port = world.open();
  await silence(port, [['example.edu', '233.252.0.1']]);
  world.now += 24 * HOUR_MS; // the first of the next is kept, and then what is over is removed
  await silence(port, ELSEWHERE);
  expect(await port.isClosed()).toBe(true);
});

test('F7: what is kept of it names no domain, and no network that this computer was in', async () => {
  await using world = await computer();
  const state = await temporaryState();
  const options = { state: state.folder, within: ['x'], log: pino({ level: 'silent' }) };
  await silence(new Port25({ ...options, now: () => world.now }), ELSEWHERE.slice(0, 2));
  const text = await readFile(join(state.folder, 'x', '@silence'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ where: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(text).not.toContain('example');
  await state[Symbol.asyncDispose]();
});
