import * as v from 'valibot';

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
  /** The preferences were written within the last second. */
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
    /** `HOST:PORT`, or a name for a server that is not reached by SMTP; undefined after a probe. */
    server: v.optional(v.string()),
    evidence: EVIDENCE,
  }),
  v.strictObject({ kind: v.literal('unknown'), why: WHY_UNKNOWN }),
]);
export type Route = v.InferOutput<typeof ROUTE>;
