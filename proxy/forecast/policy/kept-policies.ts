import type { Logger } from 'pino';
import * as v from 'valibot';
import { WHY_NO_POLICY } from '../../../shared/forecast/facts.ts';
import { MAX_POLICY_AGE_SECONDS, type MtaStsPolicy } from '../../../shared/forecast/mta-sts.ts';
import { KeptFiles } from '../kept-files.ts';
import type { FetchedPolicy } from './policy-host.ts';

export type KeptPolicy = {
  readonly policy: MtaStsPolicy;
  /** Since it was fetched. */
  readonly ageMs: number;
  /** By the clock it will be fetched only later: the clock was set, and cannot tell its age. */
  readonly isAhead: boolean;
};

type NoPolicy = Extract<FetchedPolicy, { kind: 'failed' }> & { readonly ageMs: number };

type KeptPoliciesOptions = {
  readonly state: string;
  /** As `keptPlace` gives them for a name. */
  readonly placeOf: (what: string) => readonly string[];
  readonly log: Logger;
  readonly now: () => number;
  readonly maxPolicies?: number;
};

const MAX_POLICIES = 5000;
const MAX_FAILURES = 1000;

/** RFC 8461 §3.3: after a failure no other attempt for five minutes, for each id. */
const BACK_OFF_MS = 5 * 60 * 1000;

/** Before a policy is removed for its age: a clock that is wrong by more is soon set right. */
const CLOCK_MAY_BE_WRONG_MS = 30 * 24 * 60 * 60 * 1000;

const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]{1,32}$/));

const KEPT_POLICY = v.strictObject({
  version: v.literal(1),
  domain: v.string(),
  /** Milliseconds since 1970. */
  fetchedAt: v.number(),
  policy: v.strictObject({
    id,
    mode: v.picklist(['enforce', 'testing', 'none']),
    mx: v.array(v.string()),
    maxAgeSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_POLICY_AGE_SECONDS)),
  }),
});
type PolicyFile = v.InferOutput<typeof KEPT_POLICY>;

const FAILURE = v.strictObject({
  version: v.literal(1),
  domain: v.string(),
  failedAt: v.number(),
  id,
  why: v.picklist(WHY_NO_POLICY),
  detail: v.optional(v.string()),
});

/**
 * Policies for as long as they hold, and failures for as long as nobody may try again, in the state
 * folder (RFC 8461 §3.3).
 *
 * Their ages are by the clock of the computer, since they outlive the process. One that is set
 * forward makes policies old before their time, until it is set right again: what has ended is
 * removed only a month later. One that is set back makes them look as if they were yet to be fetched: they hold,
 * since they were true, but never by more than their own max_age ahead, and are fetched again.
 */
export class KeptPolicies {
  readonly #policies: KeptFiles<PolicyFile>;
  readonly #failures: KeptFiles<v.InferOutput<typeof FAILURE>>;
  readonly #now: () => number;

  constructor({ state, placeOf, log, now, maxPolicies = MAX_POLICIES }: KeptPoliciesOptions) {
    this.#now = now;
    this.#policies = new KeptFiles({
      state,
      within: placeOf('policies'),
      schema: KEPT_POLICY,
      limit: maxPolicies,
      // Who could make this program forget a policy that is enforced could lead mail astray.
      worth: (kept) => (!this.#holds(kept) ? 0 : kept.policy.mode === 'enforce' ? 2 : 1),
      isOver: ({ fetchedAt, policy }) =>
        now() - fetchedAt > policy.maxAgeSeconds * 1000 + CLOCK_MAY_BE_WRONG_MS,
      log,
      now,
    });
    this.#failures = new KeptFiles({
      state,
      within: placeOf('policy-failures'),
      schema: FAILURE,
      limit: MAX_FAILURES,
      worth: ({ failedAt }) => failedAt,
      isOver: ({ failedAt }) => now() - failedAt > BACK_OFF_MS,
      log,
      now,
    });
  }

  /** @returns undefined where there is none, or none that still holds */
  async policyOf(domain: string): Promise<KeptPolicy | undefined> {
    await this.#failures.tidy(); // who announces nothing is asked nothing more
    const kept = await this.#policies.read(domain);
    if (kept === undefined || kept.domain !== domain || !this.#holds(kept)) return undefined;
    const ageMs = this.#now() - kept.fetchedAt;
    return { policy: kept.policy, ageMs: Math.max(0, ageMs), isAhead: ageMs < 0 };
  }

  /**
   * RFC 8461 §3.2: it holds for max_age from when it was fetched.
   *
   * @param fetchedAt when that began, so that who was answered late has the older one
   */
  async keep(domain: string, policy: MtaStsPolicy, fetchedAt: number): Promise<void> {
    await this.#policies.write(
      domain,
      { version: 1, domain, fetchedAt, policy: { ...policy, mx: [...policy.mx] } },
      // One from the future of a clock that was set back is older than it says.
      (former) => former.fetchedAt <= fetchedAt || former.fetchedAt > this.#now(),
    );
  }

  /** @returns why the policy of this id could not be fetched within the last five minutes */
  async failureOf(domain: string, announced: string): Promise<NoPolicy | undefined> {
    const failure = await this.#failures.read(domain);
    if (failure?.domain !== domain || failure.id !== announced) return undefined;
    const ageMs = this.#now() - failure.failedAt;
    if (ageMs < 0 || ageMs > BACK_OFF_MS) return undefined;
    return { kind: 'failed', why: failure.why, detail: failure.detail, ageMs };
  }

  async keepFailure(domain: string, announced: string, { why, detail }: NoPolicy): Promise<void> {
    const failedAt = this.#now();
    const failure = { version: 1, domain, failedAt, id: announced, why, detail } as const;
    await this.#failures.write(
      domain,
      failure,
      (former) => former.failedAt <= failedAt || former.failedAt > this.#now(),
    );
  }

  #holds({ fetchedAt, policy }: PolicyFile): boolean {
    return Math.abs(this.#now() - fetchedAt) <= policy.maxAgeSeconds * 1000;
  }
}
