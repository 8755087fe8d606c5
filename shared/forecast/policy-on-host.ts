import type { PolicyFact } from './facts.ts';
import { policyAllowsMx } from './mta-sts.ts';

/** What the domain's policy says of a host. Only one that is enforced says anything. */
export type PolicyOnHost =
  | { readonly kind: 'names it'; readonly ageMs: number }
  | { readonly kind: 'leaves it out'; readonly ageMs: number }
  | { readonly kind: 'says nothing' };

export function policyOnHost(host: string, policy: PolicyFact): PolicyOnHost {
  if (policy.kind !== 'policy' || policy.policy.mode !== 'enforce') return { kind: 'says nothing' };
  const { ageMs } = policy;
  return policyAllowsMx(host, policy.policy.mx)
    ? { kind: 'names it', ageMs }
    : { kind: 'leaves it out', ageMs };
}
