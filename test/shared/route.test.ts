import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  endpointsToTry,
  routeFrom,
  type Identity,
  type Listening,
  type ProfileRead,
  type RouteFacts,
} from '../../shared/control/route.ts';
import type { OutgoingServer } from '../../shared/control/outgoing-server.ts';

const ALICE: Identity = { id: 'id1', address: 'alice@sender.example' };
const WORK: Identity = { id: 'id2', address: 'alice@work.example' };
const HOME: Listening = { account: 'home', address: '127.0.0.1', port: 8689 };
const OFFICE: Listening = { account: 'office', address: '127.0.0.1', port: 8691 };

const smtp = (host: string, port = 8689): OutgoingServer => ({
  kind: 'smtp',
  key: 'smtp1',
  host,
  port,
});

function profile(more: Partial<Extract<ProfileRead, { kind: 'read' }>> = {}): ProfileRead {
  const identities = [ALICE, WORK];
  const server = smtp('127.0.0.1');
  return { kind: 'read', profile: 'abc.default', ageMs: 5000, identities, server, ...more };
}

function route(more: Partial<RouteFacts> = {}) {
  return routeFrom({
    identity: ALICE,
    identities: [ALICE, WORK],
    profiles: [profile()],
    listening: [HOME, OFFICE],
    answered: [],
    ...more,
  });
}

test('mail goes through the proxy when the one profile sends to where it listens', () => {
  expect(route()).toEqual({
    kind: 'through-proxy',
    account: 'home',
    evidence: { by: 'preferences', profile: 'abc.default', ageMs: 5000 },
  });
});

test.each([
  ['the same port', smtp('127.0.0.1', 8691), 'office'],
  ['localhost', smtp('localhost'), 'home'],
  ['a name under localhost', smtp('home.localhost'), 'home'],
] as const)('mail to %s of the proxy goes to that account', (_what, server, account) => {
  expect(route({ profiles: [profile({ server })] })).toMatchObject({
    kind: 'through-proxy',
    account,
  });
});

test.each([
  ['another port', smtp('127.0.0.1', 25), '127.0.0.1:25'],
  ['another address of this computer', smtp('127.0.0.2'), '127.0.0.2:8689'],
  ['the other loopback address', smtp('::1'), '[::1]:8689'],
  ['an address that only means this computer', smtp('127.1'), '127.1:8689'],
  ['the name of a server', smtp('smtp.example.net', 587), 'smtp.example.net:587'],
  ['a name that a hosts file may lead here', smtp('proxy'), 'proxy:8689'],
  ['a name with the final dot', smtp('localhost.'), 'localhost.:8689'],
  ['a name that ends like a local one', smtp('notlocalhost'), 'notlocalhost:8689'],
  ['nothing before the dot', smtp('.localhost'), '.localhost:8689'],
  ['a server that is not reached by SMTP', { kind: 'not SMTP', name: 'ews' }, 'ews'],
] as const)('mail to %s goes elsewhere', (_what, server, told) => {
  expect(route({ profiles: [profile({ server })] })).toMatchObject({
    kind: 'elsewhere',
    server: told,
  });
});

test('where nobody listens any more, mail goes elsewhere', () => {
  expect(route({ listening: [] })).toMatchObject({ kind: 'elsewhere', server: '127.0.0.1:8689' });
  expect(route({ listening: [OFFICE] })).toMatchObject({ kind: 'elsewhere' });
});

test('a local name is not enough where another program answers at the other address', () => {
  const profiles = [profile({ server: smtp('localhost') })];
  const answered = [{ address: '::1', port: 8689 }];
  expect(route({ profiles, answered })).toEqual({ kind: 'unknown', why: 'name is shared' });
  expect(route({ answered })).toMatchObject({ kind: 'through-proxy' });
});

test('a local name that leads to two accounts of the proxy is shared', () => {
  const listening = [HOME, { ...OFFICE, address: '::1', port: 8689 }];
  const profiles = [profile({ server: smtp('localhost') })];
  expect(route({ profiles, listening })).toEqual({ kind: 'unknown', why: 'name is shared' });
});

test.each(['127.0.0.1', '127.0.0.2', 'localhost', '::1', '192.0.2.7'])(
  'a proxy that listens at all addresses may not be who answers at %s',
  (host) => {
    const listening = [{ ...HOME, address: host.includes(':') ? '::' : '0.0.0.0' }];
    const profiles = [profile({ server: smtp(host) })];
    expect(route({ profiles, listening })).toEqual({ kind: 'unknown', why: 'name is shared' });
  },
);

test.each([
  ['there is no profile', []],
  ['none has the identity', [profile({ identities: [WORK] })]],
  [
    'it has another address',
    [profile({ identities: [{ ...ALICE, address: 'a@b.example' }, WORK] })],
  ],
  [
    'its case differs',
    [profile({ identities: [{ ...ALICE, address: 'Alice@sender.example' }, WORK] })],
  ],
  [
    'the ids are changed',
    [
      profile({
        identities: [
          { ...ALICE, id: 'id2' },
          { ...WORK, id: 'id1' },
        ],
      }),
    ],
  ],
  ['another of the identities is missing', [profile({ identities: [ALICE] })]],
] as const)('nobody knows where the mail goes when %s', (_what, profiles) => {
  expect(route({ profiles })).toEqual({ kind: 'unknown', why: 'no profile' });
});

test('the identity itself has to be there, also when the list of all leaves it out', () => {
  const profiles = [profile({ identities: [WORK] })];
  expect(route({ profiles, identities: [WORK] })).toEqual({ kind: 'unknown', why: 'no profile' });
});

test('a profile without one of the identities does not decide, whatever it says', () => {
  const copy = profile({ identities: [ALICE], server: smtp('smtp.example.net'), ageMs: 3 });
  expect(route({ profiles: [copy, profile()] })).toMatchObject({ kind: 'through-proxy' });
});

test.each([
  ['one through the proxy, one elsewhere', smtp('smtp.example.net', 587)],
  ['each through another account', smtp('127.0.0.1', 8691)],
  ['one that is not reached by SMTP', { kind: 'not SMTP', name: 'ews' }],
] as const)('profiles that have the identity disagree: %s', (_what, server) => {
  for (const profiles of [
    [profile(), profile({ server })],
    [profile({ server }), profile()],
  ]) {
    expect(route({ profiles })).toEqual({ kind: 'unknown', why: 'profiles disagree' });
  }
});

test('profiles disagree that send through different servers, none of them the proxy', () => {
  const profiles = ['smtp.example.net', 'smtp.example.org'].map((host) =>
    profile({ server: smtp(host) }),
  );
  expect(route({ profiles })).toEqual({ kind: 'unknown', why: 'profiles disagree' });
});

test('profiles agree when both lead to the same account', () => {
  const profiles = [profile(), profile({ server: smtp('home.localhost') })];
  expect(route({ profiles })).toMatchObject({ kind: 'through-proxy', account: 'home' });
});

test.each([0, 999, 999.9, -1, -3_600_000, NaN])(
  'preferences that were written %s ms ago tell nothing yet',
  (ageMs) => {
    const profiles = [profile(), profile({ ageMs })];
    expect(route({ profiles })).toEqual({ kind: 'unknown', why: 'just changed' });
  },
);

test('preferences that were written a second ago count', () => {
  expect(route({ profiles: [profile({ ageMs: 1000 })] })).toMatchObject({ kind: 'through-proxy' });
});

test.each([
  ['was written while it was read', { kind: 'changing' }, 'just changed'],
  ['cannot be read', { kind: 'unreadable' }, 'unreadable'],
  ['names no server', profile({ server: { kind: 'unclear' } }), 'unreadable'],
] as const)('a profile that %s could be the one in question', (_what, other, why) => {
  expect(route({ profiles: [profile(), other] })).toEqual({ kind: 'unknown', why });
  expect(route({ profiles: [other, profile()] })).toEqual({ kind: 'unknown', why });
});

test('only the other address of a name that the proxy holds is tried', () => {
  const facts = { identity: ALICE, identities: [WORK], listening: [HOME] };
  const tried = (server: OutgoingServer, identities = [ALICE, WORK]) =>
    endpointsToTry({ ...facts, profiles: [profile({ server, identities })] });
  expect(tried(smtp('localhost'))).toEqual([{ address: '::1', port: 8689 }]);
  expect(tried(smtp('localhost', 25))).toEqual([]);
  expect(tried(smtp('127.0.0.1'))).toEqual([]);
  expect(tried(smtp('smtp.example.net'))).toEqual([]);
  expect(tried(smtp('localhost'), [ALICE])).toEqual([]);
});

// Few values, so that they meet.
const host = fc.constantFrom('127.0.0.1', '::1', 'localhost', 'home.localhost', 'smtp.example.net');
const port = fc.constantFrom(8689, 8691);
const server: fc.Arbitrary<OutgoingServer> = fc.oneof(
  fc.record({ kind: fc.constant('smtp' as const), key: fc.constant('smtp1'), host, port }),
  fc.constantFrom<OutgoingServer>({ kind: 'unclear' }, { kind: 'not SMTP', name: 'ews' }),
);
const identities = fc.constantFrom([ALICE], [ALICE, WORK], [WORK, ALICE], [WORK]);
const profiles: fc.Arbitrary<readonly ProfileRead[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .record({
          ageMs: fc.constantFrom(-1, 500, 1000, 5000, 9000, 90_000),
          movedAgoMs: fc.constantFrom(undefined, undefined, undefined, 5999, 6000),
          identities,
          server,
        })
        .map(profile),
    },
    fc.constantFrom<ProfileRead>({ kind: 'changing' }, { kind: 'unreadable' }),
  ),
  { maxLength: 4 },
);
const address = fc.constantFrom('127.0.0.1', '::1', '0.0.0.0', '192.0.2.1');
const account = fc.constantFrom('home', 'office');
const facts: fc.Arbitrary<RouteFacts> = fc.record({
  identity: fc.constant(ALICE),
  identities,
  profiles,
  listening: fc.array(fc.record({ account, address, port }), { maxLength: 3 }),
  answered: fc.array(fc.record({ address, port }), { maxLength: 2 }),
});

test('whatever the facts, mail is said to go through the proxy only where it listens and all agree', () => {
  let through = 0;
  fc.assert(
    fc.property(facts, (given) => {
      const told = routeFrom(given);
      if (told.kind !== 'through-proxy') return;
      through += 1;
      const own = given.listening.filter((at) => at.account === told.account);
      const wanted = [given.identity, ...given.identities];
      const matching = given.profiles.flatMap((read) => {
        expect(read.kind, 'all could be read').toBe('read');
        if (read.kind !== 'read') return [];
        const has = (one: Identity) =>
          read.identities.some(({ id, address: at }) => id === one.id && at === one.address);
        return wanted.every(has) ? [read] : [];
      });
      expect(matching).not.toEqual([]);
      for (const { server: to, ageMs, movedAgoMs } of matching) {
        expect(ageMs).toBeGreaterThanOrEqual(1000);
        expect(movedAgoMs ?? 6000).toBeGreaterThanOrEqual(6000);
        expect(to.kind).toBe('smtp');
        if (to.kind !== 'smtp') continue;
        expect(own.map((at) => at.port)).toContain(to.port);
        expect(to.host).not.toBe('smtp.example.net');
        if (to.host.includes('localhost')) continue;
        expect(own).toContainEqual({ account: told.account, address: to.host, port: to.port });
      }
    }),
    { numRuns: 5000 },
  );
  expect(through, 'the property is about something').toBeGreaterThan(20);
});

test('without a listener nothing goes through the proxy', () => {
  fc.assert(
    fc.property(facts, (given) => {
      expect(routeFrom({ ...given, listening: [] }).kind).not.toBe('through-proxy');
    }),
  );
});

test('one more profile never makes mail go through the proxy that did not', () => {
  fc.assert(
    fc.property(facts, profiles, (given, more) => {
      const without = routeFrom(given);
      if (
        without.kind === 'through-proxy' ||
        (without.kind === 'unknown' && without.why === 'no profile')
      )
        return;
      const all = { ...given, profiles: [...given.profiles, ...more] };
      expect(routeFrom(all).kind).not.toBe('through-proxy');
    }),
    { numRuns: 2000 },
  );
});

test('a server that was moved to the proxy counts once its old connection is surely closed', () => {
  const moved = (movedAgoMs: number) => route({ profiles: [profile({ movedAgoMs })] });
  for (const movedAgoMs of [-1, 0, 5999, Number.NaN]) {
    expect(moved(movedAgoMs)).toEqual({ kind: 'unknown', why: 'just changed' });
  }
  expect(moved(6000)).toMatchObject({ kind: 'through-proxy' });
  const away = profile({ movedAgoMs: 0, server: smtp('smtp.example.net') });
  expect(route({ profiles: [away] })).toMatchObject({ kind: 'elsewhere' });
});
