import { isInClear, notKnown, reason, willFail, type RouteConclusion } from './conclusion.ts';
import type { DomainFacts, Looked, PolicyFact } from './facts.ts';
import type { Reason } from './forecast.ts';
import { policyOnHost } from './policy-on-host.ts';

/**
 * Whether the domain demands verified TLS in a policy that nobody on the way could write, and an
 * answer of the DNS that somebody could write contradicts it: that is how a forged one looks.
 */
export function isForgeable(looked: Looked<unknown>, policy: PolicyFact): boolean {
  return isInClear(looked) && policy.kind === 'policy' && policy.policy.mode === 'enforce';
}

/**
 * Whether somebody on the way may have put the host in the place of those that the policy names.
 * Then it is none of the domain's, and nothing that is seen of it says anything of the domain.
 */
export function isHostForgeable(host: string, { mx, mtaSts }: DomainFacts): boolean {
  const { policy } = mtaSts;
  return isForgeable(mx, policy) && policyOnHost(host, policy).kind === 'leaves it out';
}

/** What a fault comes to that an answer says, or that was seen where the answer led to. */
export function excludedBy(
  fault: Reason,
  { answer, policy }: { readonly answer: Looked<unknown>; readonly policy: PolicyFact },
  ageMs: number,
): RouteConclusion {
  return isForgeable(answer, policy)
    ? notKnown([fault, reason('answer in clear')], ageMs)
    : willFail([fault], ageMs);
}
