import {
  failure,
  isBelieved,
  isInClear,
  notKnown,
  promised,
  reason,
  willFail,
  type RouteConclusion,
} from './conclusion.ts';
import type { DaneState } from './dane-state.ts';
import type { DomainFacts, MtaStsFacts, PolicyFact } from './facts.ts';
import { isForgeable } from './forged-answer.ts';
import type { Reason } from './forecast.ts';
import { policyOnHost } from './policy-on-host.ts';

/**
 * F2: whether a relay can trust that this is a host of the domain (RFC 8689 §4.2.1, step 2): the MX
 * answer is secure, or the domain's policy names the host.
 *
 * The domain itself, where there is no MX record and no alias, needs neither: its name comes from
 * the address that the message is sent to, and not from the DNS. But that there is no MX record must
 * not come from somebody on the way, who would so put a host of the domain in the place of its mail
 * servers.
 */
export function nameVerdict(host: string, facts: DomainFacts, dane: DaneState): RouteConclusion {
  const { domain, mx, mtaSts } = facts;
  if (mx.kind === 'failed') return notKnown([failure(mx.why)], mx.ageMs);

  const said = policyOnHost(host, mtaSts.policy);
  const kept = keptReasons(mtaSts.policy);
  if (said.kind === 'names it') {
    return promised([reason('MTA-STS enforced', host), ...kept], said.ageMs);
  }
  const isDomainItself = mx.kind === 'none' && host === domain && isBelieved(mx) && !isInClear(mx);
  const vouched = isDomainItself ? 'secure' : mx.dnssec;
  if (said.kind === 'leaves it out') {
    const ageMs = Math.max(mx.ageMs, said.ageMs);
    const notNamed = reason('host not in policy', host);
    if (isForgeable(mx, mtaSts.policy)) {
      return notKnown([...kept, notNamed, reason('answer in clear')], ageMs);
    }
    if (mayBeReplaced(mtaSts)) return notKnown([...kept, notNamed], ageMs);
    if (vouched === 'insecure') return willFail([notNamed], ageMs);
    // Relays that have not kept a policy which is no longer announced do not ask for it.
    return kept.length > 0
      ? notKnown([...kept, notNamed], ageMs)
      : leftOut(host, dane, Math.max(ageMs, dane.ageMs));
  }
  switch (vouched) {
    case 'secure':
      return promised([], mx.ageMs);
    case 'unknown':
      return notKnown([reason('resolver cannot tell')], mx.ageMs);
    case 'insecure':
      return unsigned(facts, mx.ageMs);
  }
}

/**
 * Whether the policy that was kept may be another one by now: then it goes on promising, as RFC 8461
 * §3.3 wants, but excludes nothing, for who fetches it now may be told otherwise.
 */
function mayBeReplaced({ policy, record }: MtaStsFacts): boolean {
  if (policy.kind !== 'policy' || policy.kept === 'as announced') return false;
  return policy.kept === 'fetch failed' || record.kind === 'failed' || !isBelieved(record);
}

/** Says that a policy was kept, where it was. */
function keptReasons(policy: PolicyFact): readonly Reason[] {
  return policy.kind === 'policy' && policy.kept !== 'as announced'
    ? [reason('policy kept', undefined, policy.kept)]
    : [];
}

/**
 * The policy leaves the host out, and DNSSEC may vouch for it. Relays that know both DANE and
 * MTA-STS differ in what they do then; without DANE the policy decides (RFC 8461 §2, §4.1).
 */
function leftOut(host: string, dane: DaneState, ageMs: number): RouteConclusion {
  switch (dane.kind) {
    case 'usable':
      return notKnown([reason('DANE and MTA-STS differ', host)], ageMs);
    case 'failed':
      return notKnown([failure(dane.why, host)], ageMs);
    case 'unknown':
      return notKnown([reason('resolver cannot tell')], ageMs);
    case 'none':
    case 'unusable':
      return willFail([reason('host not in policy', host)], ageMs);
  }
}

/** Anybody may have written the MX answer, so a policy would have to name the host. */
function unsigned({ mtaSts }: DomainFacts, mxAgeMs: number): RouteConclusion {
  const { policy, record } = mtaSts;
  switch (policy.kind) {
    case 'policy': {
      // Only `testing` and `none` come here (RFC 8461 §5).
      const mode = reason(policy.policy.mode === 'none' ? 'MTA-STS none' : 'MTA-STS testing');
      const ageMs = Math.max(mxAgeMs, policy.ageMs);
      return mayBeReplaced(mtaSts)
        ? notKnown([...keptReasons(policy), mode], ageMs)
        : willFail([mode], ageMs);
    }
    case 'failed':
      return notKnown(
        [reason('policy not fetched', undefined, policy.why)],
        Math.max(mxAgeMs, policy.ageMs),
      );
    case 'none': {
      const ageMs = Math.max(mxAgeMs, record.ageMs);
      if (record.kind === 'failed') {
        return notKnown([reason('policy not fetched', undefined, 'DNS failed')], ageMs);
      }
      return isBelieved(record)
        ? willFail([reason('names not vouched for')], ageMs)
        : notKnown([reason('resolver cannot tell')], ageMs);
    }
  }
}
