import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { KeptObservations } from '../../proxy/forecast/mail-server/kept-observations.ts';
import { KeptPolicies } from '../../proxy/forecast/policy/kept-policies.ts';
import type { MtaStsPolicy } from '../../shared/forecast/mta-sts.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_SECONDS = 7 * 24 * 60 * 60;
const START = Date.parse('2027-03-01T12:00:00Z');

const POLICY: MtaStsPolicy = {
  id: 'one',
  mode: 'enforce',
  mx: ['mx.example.org'],
  maxAgeSeconds: WEEK_SECONDS,
};
const MAX_POLICIES = 10;
const LOOK = { kind: 'no STARTTLS' } as const;
const FAILURE = { kind: 'failed', why: 'HTTP status', detail: '500', ageMs: 0 } as const;

/** A state folder, and processes on it; each of them opens what it uses. */
async function computer() {
  const state = await temporaryState();
  const log = pino({ level: 'silent' });
  const world = {
    now: START,
    folderOf: (what: string) => join(state.folder, what),
    namesIn: async (what: string) => (await readdir(world.folderOf(what))).toSorted(),
    policies: () =>
      new KeptPolicies({
        state: state.folder,
        placeOf: (what) => [what],
        log,
        now: () => world.now,
        maxPolicies: MAX_POLICIES,
      }),
    observations: () =>
      new KeptObservations({
        state: state.folder,
        within: ['observations'],
        log,
        now: () => world.now,
      }),
    [Symbol.asyncDispose]: state[Symbol.asyncDispose],
  };
  return world;
}
type Computer = Awaited<ReturnType<typeof computer>>;

type Kind = {
  readonly what: string;
  /** For so long it tells something, or may do so again. */
  readonly forMs: number;
  readonly keep: (world: Computer, name: string) => Promise<void>;
  /** What any use of the forecast does. */
  readonly use: (world: Computer) => Promise<unknown>;
};

const KINDS: readonly Kind[] = [
  {
    what: 'policies',
    forMs: WEEK_SECONDS * 1000 + 30 * DAY_MS, // the clock may be wrong
    keep: async (world, name) => await world.policies().keep(name, POLICY, world.now),
    use: async (world) => await world.policies().policyOf('example.com'),
  },
  {
    what: 'policy-failures',
    forMs: 5 * MINUTE_MS,
    keep: async (world, name) => await world.policies().keepFailure(name, 'one', FAILURE),
    use: async (world) => await world.policies().policyOf('example.com'),
  },
  {
    what: 'observations',
    forMs: 7 * DAY_MS,
    keep: async (world, name) => await world.observations().keep(name, { look: LOOK }, true),
    use: async (world) => await world.observations().sightingsOf('example.com'),
  },
];

test.for(KINDS)(
  'F7: of $what the next process that uses the forecast removes what is over, and nothing else',
  async ({ what, forMs, keep, use }) => {
    await using world = await computer();
    await keep(world, 'over.example');
    world.now += 1;
    await keep(world, 'counts.example');
    world.now += forMs;
    expect(await world.namesIn(what)).toEqual(['@counts.example', '@over.example']);
    await use(world);
    await waitUntil(
      async () => !(await world.namesIn(what)).includes('@over.example'),
      3000,
      () => 'what is over is still there',
    );
    expect(await world.namesIn(what)).toEqual(['@counts.example']);
  },
);

test('F5, RFC 8461 §3.3: policies that nobody needs do not push out one that is enforced', async () => {
  await using world = await computer();
  const policies = world.policies();
  const keep = async (domain: string, but: Partial<MtaStsPolicy>, fetchedAt = START) =>
    await policies.keep(`${domain}.example`, { ...POLICY, ...but }, fetchedAt);
  await keep('enforced', {});
  // Nobody has written there for years, and all others are of today.
  const yearsAgo = new Date('2020-01-01');
  await utimes(join(world.folderOf('policies'), '@enforced.example'), yearsAgo, yearsAgo);
  await keep('ended', {}, START - 8 * DAY_MS);
  for (let at = 1; at < MAX_POLICIES; at += 1) await keep(`testing${at}`, { mode: 'testing' });

  const names = await world.namesIn('policies');
  expect(names).toHaveLength(MAX_POLICIES - 1);
  expect(names).toContain('@enforced.example');
  expect(names).not.toContain('@ended.example');
});
