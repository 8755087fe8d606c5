import * as v from 'valibot';

/**
 * Whether a domain can receive a message that requires TLS, best first:
 * `observed`: the route was promised, and REQUIRETLS was seen;
 * `promised`: the route was, and whether REQUIRETLS is offered is not known;
 * `unknown`: nobody can tell;
 * `will fail`: something excludes it, for a relay that is strict, as seen now.
 */
export const VERDICTS = ['observed', 'promised', 'unknown', 'will fail'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** F1-F3: whether a relay can find, by names that it can trust, a host whose certificate verifies. */
const ROUTE_VERDICTS = ['promised', 'unknown', 'will fail'] as const;
export type RouteVerdict = (typeof ROUTE_VERDICTS)[number];
/** F4: whether a host offers REQUIRETLS inside verified TLS. No policy promises it. */
const REQUIRETLS_VERDICTS = ['observed', 'unknown', 'will fail'] as const;
export type RequireTlsVerdict = (typeof REQUIRETLS_VERDICTS)[number];

/** Why a verdict is what it is. `host` and `detail` stand beside those that need them. */
export const REASONS = [
  // What excludes it:
  'no such domain',
  'null MX',
  'no mail host', // no MX and no address
  'names not vouched for', // no DNSSEC, no MTA-STS
  'MTA-STS testing',
  'MTA-STS none',
  'host not in policy',
  'host has no address',
  'no STARTTLS',
  'TLS failed', // detail: the error
  'DANE mismatch',
  'certificate not trusted', // detail: the error
  'REQUIRETLS not offered',
  // What to know of those:
  'answer in clear',
  'seen from this network',
  // What keeps anybody from telling:
  'not a domain',
  'address literal',
  'no answer in time',
  'resolver cannot tell',
  'resolver not verified', // nothing was asked of it
  'DNS failed', // detail: the WhyNoAnswer; host: whom it was about, if not the domain's MX
  'DNSSEC bogus',
  'policy not fetched', // detail: the WhyNoPolicy
  'special address',
  'certificate not promised', // the name is vouched for, and nobody promises the certificate
  'TLSA unusable',
  'DANE and MTA-STS differ', // one admits the host and the other does not
  'hosts not looked at',
  'REQUIRETLS not seen', // detail: the WhyNotProbed, 'certificate changed' or 'look is old'
  // What promises it:
  'DANE',
  'MTA-STS enforced',
  'certificate seen', // the name is vouched for, and the probe saw a trusted certificate
  'policy kept', // detail: 'record vanished' | 'fetch failed'
  'REQUIRETLS seen',
] as const;
export type ReasonCode = (typeof REASONS)[number];

/**
 * What a person must know who would give up requiring TLS for the other reasons: somebody on the way
 * could have brought them about. Told however few of the others are.
 */
export const CAVEATS: readonly ReasonCode[] = ['answer in clear', 'seen from this network'];

export const REASON = v.strictObject({
  code: v.picklist(REASONS),
  host: v.optional(v.string()),
  detail: v.optional(v.string()),
});
export type Reason = v.InferOutput<typeof REASON>;

/** A fact for those who want to know how; the words are English and for people, not for programs. */
export const SHOWN_FACT = v.strictObject({
  about: v.picklist(['MX', 'MTA-STS record', 'MTA-STS policy', 'addresses', 'TLSA', 'server']),
  /** The host that it is about; the domain itself where there is none. */
  host: v.optional(v.string()),
  says: v.string(),
  source: v.picklist([
    'validated here',
    'resolver, by DNSSEC',
    'resolver, not by DNSSEC',
    'policy host',
    'mail server',
    'no answer',
    'not looked at',
  ]),
  ageMs: v.number(),
});
export type ShownFact = v.InferOutput<typeof SHOWN_FACT>;

/**
 * The forecast for one domain. In `forecast --json` and in the answer to the extension it is the
 * same, octet for octet but for the ages.
 */
export const FORECAST = v.strictObject({
  /** In A-label form, lower case; as it was asked where it is no domain. */
  domain: v.string(),
  /** The weaker of the next two. */
  verdict: v.picklist(VERDICTS),
  route: v.picklist(ROUTE_VERDICTS),
  requireTls: v.picklist(REQUIRETLS_VERDICTS),
  /**
   * The one that decided first; never empty. What limits a promise is that the offer was not seen:
   * that comes before what promises the route.
   */
  reasons: v.array(REASON),
  facts: v.array(SHOWN_FACT),
  /** Of the oldest fact that the verdict rests on, milliseconds. */
  ageMs: v.number(),
});
export type Forecast = v.InferOutput<typeof FORECAST>;

/** The version of the JSON that `requiretls forecast --json` writes. */
export const FORECAST_JSON_VERSION = 1;
