import * as v from 'valibot';
import {
  endpointsOf,
  isAddress,
  isSame,
  type Endpoint,
  type OutgoingServer,
} from './outgoing-server.ts';

/** An identity of the mail program, as Thunderbird's preferences and its add-on API name it. */
export const IDENTITY = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  address: v.pipe(v.string(), v.minLength(1), v.maxLength(320)),
});
export type Identity = v.InferOutput<typeof IDENTITY>;

const EVIDENCE = v.variant('by', [
  v.strictObject({
    by: v.literal('preferences'),
    /** The last part of the profile's folder. */
    profile: v.string(),
    /** Milliseconds since the file was last written. */
    ageMs: v.number(),
  }),
  v.strictObject({ by: v.literal('probe'), ageMs: v.number() }),
]);
export type Evidence = v.InferOutput<typeof EVIDENCE>;

/** Why nobody can say where an identity's mail goes. */
const WHY_UNKNOWN = v.picklist([
  /** The proxy was told not to read Thunderbird's preferences. */
  'switched off',
  /** No profile was found that has the identity. */
  'no profile',
  /** Several profiles have it, and send through different servers. */
  'profiles disagree',
  /** The preferences were written within the last second, or the server was moved just before. */
  'just changed',
  /** They are there and cannot be read, or are not as Thunderbird writes them. */
  'unreadable',
  /** Another program listens where the identity's server name leads to as well. */
  'name is shared',
  /** The probe did not come, or not in time. */
  'probe not seen',
]);
export type WhyUnknown = v.InferOutput<typeof WHY_UNKNOWN>;

/** Where an identity's mail goes, as far as the proxy can tell. */
export const ROUTE = v.variant('kind', [
  /** Said only while this very process listens there. */
  v.strictObject({
    kind: v.literal('through-proxy'),
    /** Name of the account, as in the configuration. */
    account: v.string(),
    evidence: EVIDENCE,
  }),
  v.strictObject({
    kind: v.literal('elsewhere'),
    /** `HOST:PORT`, or a name for a server that is not reached by SMTP. */
    server: v.string(),
    evidence: EVIDENCE,
  }),
  v.strictObject({ kind: v.literal('unknown'), why: WHY_UNKNOWN }),
]);
export type Route = v.InferOutput<typeof ROUTE>;

/** What was read of one profile. */
export type ProfileRead =
  | {
      readonly kind: 'read';
      /** The last part of its folder. */
      readonly profile: string;
      /** Milliseconds since its preferences were last written; negative for the future. */
      readonly ageMs: number;
      readonly identities: readonly Identity[];
      /** The asked identity's. */
      readonly server: OutgoingServer;
      /** Milliseconds since that server got the address that it has, where it had another. */
      readonly movedAgoMs?: number | undefined;
    }
  | { readonly kind: 'changing' | 'unreadable' };

/** An address at which this very process listens now. */
export type Listening = Endpoint & {
  /** Name of the account. */
  readonly account: string;
};

export type RouteFacts = {
  readonly identity: Identity;
  /** All that the same Thunderbird has. */
  readonly identities: readonly Identity[];
  readonly profiles: readonly ProfileRead[];
  readonly listening: readonly Listening[];
  /** Where another program answered, of `endpointsToTry`. */
  readonly answered: readonly Endpoint[];
};

/** Thunderbird writes its preferences half a second after a change, and then may again. */
const SETTLED_MS = 1000;

/**
 * For five seconds after a message Thunderbird keeps its connection to a server, and takes it again
 * for the next one even when the server was given another address meanwhile (153; look again
 * 2027-06).
 */
const LEFT_OLD_ADDRESS_MS = 6000;

/**
 * Says where an identity's mail goes, by the preferences of all profiles there are.
 *
 * `through-proxy` needs every profile that could be the asking one to name a server that can be
 * nobody but this process. What cannot be read could be the asking one.
 */
export function routeFrom(facts: RouteFacts): Route {
  const { profiles } = facts;
  const matching = matchingProfiles(facts);
  const isUnsettled = matching.some(({ ageMs }) => !(ageMs >= SETTLED_MS));
  if (isUnsettled || profiles.some(({ kind }) => kind === 'changing')) {
    return { kind: 'unknown', why: 'just changed' };
  }
  const isUnclear = matching.some(({ server }) => server.kind === 'unclear');
  if (isUnclear || profiles.some(({ kind }) => kind === 'unreadable')) {
    return { kind: 'unknown', why: 'unreadable' };
  }
  const [first, ...others] = matching.map((profile) => routeOf(profile, facts));
  if (first === undefined) return { kind: 'unknown', why: 'no profile' };
  if (others.some((other) => !isSameRoute(first, other))) {
    return { kind: 'unknown', why: 'profiles disagree' };
  }
  return first;
}

type Profile = Extract<ProfileRead, { kind: 'read' }>;

/**
 * The profiles that have all identities of the asking Thunderbird: ids alone are `id1`, `id2` in
 * each of them, and a forgotten copy has one less as soon as another is added.
 */
function matchingProfiles({
  identity,
  identities,
  profiles,
}: Omit<RouteFacts, 'listening' | 'answered'>): readonly Profile[] {
  const wanted = [identity, ...identities];
  return profiles
    .filter((profile) => profile.kind === 'read')
    .filter((profile) =>
      wanted.every(({ id, address }) =>
        profile.identities.some((known) => known.id === id && known.address === address),
      ),
    );
}

function routeOf(
  { server, profile, ageMs, movedAgoMs }: Profile,
  { listening, answered }: Pick<RouteFacts, 'listening' | 'answered'>,
): Route {
  const evidence: Evidence = { by: 'preferences', profile, ageMs };
  if (server.kind === 'unclear') return { kind: 'unknown', why: 'unreadable' };
  if (server.kind === 'not SMTP') return { kind: 'elsewhere', server: server.name, evidence };

  const reached = endpointsOf(server);
  const holders = reached.map((endpoint) => listening.find((at) => isSame(at, endpoint)));
  const accounts = new Set(holders.flatMap((holder) => holder?.account ?? []));
  const [account] = accounts;
  if (account === undefined) {
    // Whoever listens at one address takes what comes there from who listens at all of them.
    const isWildcard = listening.some(
      ({ address, port }) => port === server.port && /^(?:0\.0\.0\.0|::)$/.test(address),
    );
    if (isWildcard && isAddress(server.host)) return { kind: 'unknown', why: 'name is shared' };
    const host = server.host.includes(':') ? `[${server.host}]` : server.host;
    return { kind: 'elsewhere', server: `${host}:${server.port}`, evidence };
  }
  const isShared = reached.some((endpoint) => answered.some((other) => isSame(other, endpoint)));
  if (accounts.size > 1 || isShared) return { kind: 'unknown', why: 'name is shared' };
  if (movedAgoMs !== undefined && !(movedAgoMs >= LEFT_OLD_ADDRESS_MS)) {
    return { kind: 'unknown', why: 'just changed' };
  }
  return { kind: 'through-proxy', account, evidence };
}

function isSameRoute(route: Route, other: Route): boolean {
  switch (route.kind) {
    case 'through-proxy':
      return other.kind === 'through-proxy' && other.account === route.account;
    case 'elsewhere':
      return other.kind === 'elsewhere' && other.server === route.server;
    case 'unknown':
      return other.kind === 'unknown' && other.why === route.why;
  }
}

/**
 * The addresses that have to be tried before a route can be told: the server's name leads there as
 * well, and this process does not listen there, so somebody else may.
 */
export function endpointsToTry(facts: Omit<RouteFacts, 'answered'>): readonly Endpoint[] {
  const { listening } = facts;
  return matchingProfiles(facts).flatMap(({ server }) => {
    if (server.kind !== 'smtp') return [];
    const reached = endpointsOf(server);
    const others = reached.filter((endpoint) => !listening.some((at) => isSame(at, endpoint)));
    return others.length < reached.length ? others : [];
  });
}
