import {
  failure,
  notKnown,
  promised,
  reason,
  willFail,
  type RouteConclusion,
} from './conclusion.ts';
import { seenByDane, type DaneState } from './dane-state.ts';
import type { HostFacts, PolicyFact, ProbeFact } from './facts.ts';
import { policyOnHost, type PolicyOnHost } from './name-verdict.ts';
import { stillExcludes } from './sighting.ts';

/**
 * F3: whether a relay can verify the certificate of the host: by DANE where there are records that
 * it can use, else by PKIX (RFC 8689 §4.2.1, step 4). Where DANE applies and fails, MTA-STS does
 * not help (RFC 8461 §2).
 */
export function certificateVerdict(
  { host, probe }: HostFacts,
  policy: PolicyFact,
  dane: DaneState,
): RouteConclusion {
  const said = policyOnHost(host, policy);
  switch (dane.kind) {
    case 'failed':
      return notKnown([failure(dane.why, host)], dane.ageMs);
    case 'usable':
      return byDane(host, probe, said, dane);
    case 'unusable':
    case 'none':
    case 'unknown':
      return probe.kind === 'seen' && (isTrusted(probe) || stillExcludes(probe))
        ? bySeenCertificate(host, probe, said, dane)
        : notSeen(host, policy, said, dane);
  }
}

function isTrusted({ certificates }: Extract<ProbeFact, { readonly kind: 'seen' }>): boolean {
  return certificates.pkixFault === undefined;
}

function byDane(
  host: string,
  probe: ProbeFact,
  said: PolicyOnHost,
  dane: Extract<DaneState, { readonly kind: 'usable' }>,
): RouteConclusion {
  const byRecords = promised([reason('DANE', host)], dane.ageMs);
  if (probe.kind !== 'seen') return byRecords;
  const ageMs = Math.max(dane.ageMs, probe.ageMs);
  switch (seenByDane(dane, probe)) {
    case 'changed since':
      return byRecords;
    case 'mismatch':
      return willFail([reason('DANE mismatch', host)], ageMs);
    case 'matches':
      // Some relays ask for both, some for DANE alone.
      return said.kind === 'names it' && probe.certificates.pkixFault !== undefined
        ? notKnown([reason('DANE and MTA-STS differ', host)], ageMs)
        : promised([reason('DANE', host)], ageMs);
  }
}

function bySeenCertificate(
  host: string,
  probe: Extract<ProbeFact, { readonly kind: 'seen' }>,
  said: PolicyOnHost,
  dane: DaneState,
): RouteConclusion {
  const ageMs = Math.max(dane.ageMs, probe.ageMs);
  const { pkixFault } = probe.certificates;
  if (pkixFault === undefined) {
    // With a policy the next certificate will do as well; without one only this was seen.
    const code = said.kind === 'names it' ? 'MTA-STS enforced' : 'certificate seen';
    return promised([reason(code, host)], ageMs);
  }
  const fault = reason('certificate not trusted', host, pkixFault);
  // DANE may vouch for it all the same.
  return dane.kind === 'unknown'
    ? notKnown([reason('resolver cannot tell'), fault], ageMs)
    : willFail([fault], ageMs);
}

function notSeen(
  host: string,
  policy: PolicyFact,
  said: PolicyOnHost,
  dane: DaneState,
): RouteConclusion {
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
