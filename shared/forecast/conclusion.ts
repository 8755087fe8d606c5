import type { Looked, WhyNoAnswer } from './facts.ts';
import type { Reason, ReasonCode } from './forecast.ts';
import { quoted } from './quoted.ts';

/** What follows from some facts: the verdict, why, and how old the facts are. */
export type Conclusion<Verdict extends string> = {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** Of the oldest fact that it rests on. */
  readonly ageMs: number;
};

/** A conclusion on the route: F1 to F3. */
export type RouteConclusion = Conclusion<'promised' | 'unknown' | 'will fail'>;

export function promised(reasons: readonly Reason[], ageMs: number): RouteConclusion {
  return { verdict: 'promised', reasons, ageMs };
}

export function notKnown(reasons: readonly Reason[], ageMs: number): RouteConclusion {
  return { verdict: 'unknown', reasons, ageMs };
}

/** Only for what a believable fact excludes: an error excludes nothing. */
export function willFail(reasons: readonly Reason[], ageMs: number): RouteConclusion {
  return { verdict: 'will fail', reasons, ageMs };
}

/** A reason; a detail may be what another program wrote, and what is undefined is left out. */
export function reason(code: ReasonCode, host?: string, detail?: string): Reason {
  return {
    code,
    ...(host === undefined ? {} : { host }),
    ...(detail === undefined ? {} : { detail: quoted(detail) }),
  };
}

/** Why nobody can tell, where a look-up came to nothing. */
export function failure(why: WhyNoAnswer, host?: string): Reason {
  if (why === 'bogus') return reason('DNSSEC bogus', host);
  // Whatever it was to be asked about.
  if (why === 'resolver not verified') return reason('resolver not verified');
  return reason('DNS failed', host, why);
}

/**
 * Whether an answer may exclude anything: a resolver that can tell signed from unsigned gave it.
 * One that cannot must not talk anybody out of requiring TLS.
 */
export function isBelieved(looked: Exclude<Looked<unknown>, { readonly kind: 'failed' }>): boolean {
  return looked.dnssec !== 'unknown';
}

/** Whether an answer is one that somebody on the way could have written. */
export function isInClear(looked: Looked<unknown>): boolean {
  return looked.kind !== 'failed' && looked.inClear === true;
}

/** Each reason once; of those that differ in nothing but the host the first. */
export function distinct(reasons: readonly Reason[]): readonly Reason[] {
  const seen = new Map<string, Reason>();
  for (const each of reasons) {
    const key = `${each.code} ${each.detail ?? ''}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()];
}
