import { failure, notKnown, promised, reason, type RouteConclusion } from './conclusion.ts';
import { seenByDane, type DaneState } from './dane-state.ts';
import type { HostFacts, PolicyFact, ProbeFact } from './facts.ts';
import { excludedBy } from './forged-answer.ts';
import { policyOnHost } from './policy-on-host.ts';
import { stillExcludes } from './sighting.ts';

/**
 * F3: whether a relay can verify the certificate of the host: by DANE where there are records that
 * it can use, else by PKIX (RFC 8689 §4.2.1, step 4). Where DANE applies and fails, MTA-STS does
 * not help (RFC 8461 §2).
 */
export function certificateVerdict(
  facts: HostFacts,
  policy: PolicyFact,
  dane: DaneState,
): RouteConclusion {
  const { host, probe } = facts;
  switch (dane.kind) {
    case 'failed':
      return notKnown([failure(dane.why, host)], dane.ageMs);
    case 'usable':
      return byDane(facts, policy, dane);
    case 'unusable':
    case 'none':
    case 'unknown':
      return probe.kind === 'seen' && (isTrusted(probe) || stillExcludes(probe))
        ? bySeenCertificate({ ...facts, probe }, policy, dane)
        : notSeen(host, policy, dane);
  }
}

type Seen = Extract<ProbeFact, { readonly kind: 'seen' }>;

function isTrusted({ certificates }: Seen): boolean {
  return certificates.pkixFault === undefined;
}

function byDane(
  { host, addresses, probe }: HostFacts,
  policy: PolicyFact,
  dane: Extract<DaneState, { readonly kind: 'usable' }>,
): RouteConclusion {
  const byRecords = promised([reason('DANE', host)], dane.ageMs);
  if (probe.kind !== 'seen') return byRecords;
  const ageMs = Math.max(dane.ageMs, probe.ageMs);
  switch (seenByDane(dane, probe)) {
    case 'changed since':
      return byRecords;
    case 'mismatch':
      return excludedBy(reason('DANE mismatch', host), { answer: addresses, policy }, ageMs);
    case 'unknown':
      return notKnown([reason('certificate not promised', host)], ageMs);
    case 'matches':
      // Some relays ask for both, some for DANE alone.
      return isNamed(host, policy) && probe.certificates.pkixFault !== undefined
        ? notKnown([reason('DANE and MTA-STS differ', host)], ageMs)
        : promised([reason('DANE', host)], ageMs);
  }
}

function bySeenCertificate(
  { host, addresses, probe }: HostFacts & { readonly probe: Seen },
  policy: PolicyFact,
  dane: DaneState,
): RouteConclusion {
  const ageMs = Math.max(dane.ageMs, probe.ageMs);
  const { pkixFault } = probe.certificates;
  if (pkixFault === undefined) {
    // With a policy the next certificate will do as well; without one only this was seen.
    const code = isNamed(host, policy) ? 'MTA-STS enforced' : 'certificate seen';
    return promised([reason(code, host)], ageMs);
  }
  const fault = reason('certificate not trusted', host, pkixFault);
  // DANE may vouch for it all the same.
  return dane.kind === 'unknown'
    ? notKnown([reason('resolver cannot tell'), fault], ageMs)
    : excludedBy(fault, { answer: addresses, policy }, ageMs);
}

function isNamed(host: string, policy: PolicyFact): boolean {
  return policyOnHost(host, policy).kind === 'names it';
}

function notSeen(host: string, policy: PolicyFact, dane: DaneState): RouteConclusion {
  const said = policyOnHost(host, policy);
  if (said.kind === 'names it') {
    return promised([reason('MTA-STS enforced', host)], Math.max(said.ageMs, dane.ageMs));
  }
  const notPromised = reason('certificate not promised', host);
  if (dane.kind === 'unknown') return notKnown([reason('resolver cannot tell')], dane.ageMs);
  if (dane.kind === 'unusable') {
    return notKnown([reason('TLSA unusable', host), notPromised], dane.ageMs);
  }
  return policy.kind === 'failed'
    ? notKnown([reason('policy not fetched', undefined, policy.why), notPromised], policy.ageMs)
    : notKnown([notPromised], dane.ageMs);
}
