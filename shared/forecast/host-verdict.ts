import { certificateVerdict } from './certificate-verdict.ts';
import {
  distinct,
  failure,
  isBelieved,
  notKnown,
  promised,
  reason,
  type Conclusion,
  type RouteConclusion,
} from './conclusion.ts';
import { daneState, seenByDane, type DaneState, type SeenByDane } from './dane-state.ts';
import type { DomainFacts, HostFacts, ProbeFact, WhyNotProbed } from './facts.ts';
import { excludedBy, isHostForgeable } from './forged-answer.ts';
import type { RequireTlsVerdict, RouteVerdict, Verdict } from './forecast.ts';
import { nameVerdict } from './name-verdict.ts';
import { stillExcludes } from './sighting.ts';

/** What is to be expected of one host of a domain. */
export type HostVerdict = Conclusion<Verdict> & {
  readonly route: RouteVerdict;
  readonly requireTls: RequireTlsVerdict;
};

/** Puts together what F1 to F4 say of a host. */
export function hostVerdict(host: HostFacts, facts: DomainFacts): HostVerdict {
  const dane = daneState(host, facts);
  const name = nameVerdict(host.host, facts, dane);
  if (isHostForgeable(host.host, facts)) {
    return { ...name, route: name.verdict, requireTls: 'unknown' };
  }
  const certificate = certificateVerdict(host, facts.mtaSts.policy, dane);
  const parts = [reachVerdict(host, facts), encryptionVerdict(host, facts), name, certificate];
  const offer = offerVerdict(host, dane);

  const route = weakestRoute(parts);
  const verdict = weaker(route, offer.verdict);
  const deciding = parts.filter((part) => part.verdict === route);
  const at = (wanted: Verdict) => (offer.verdict === wanted ? [offer] : []);
  const restsOn = ((): readonly Conclusion<string>[] => {
    switch (verdict) {
      case 'will fail':
        return [...(route === 'will fail' ? deciding : []), ...at('will fail')];
      case 'unknown':
        return [...deciding, offer];
      case 'promised':
      case 'observed':
        return [offer, certificate, name, ...deciding];
    }
  })();
  return {
    verdict,
    route,
    requireTls: offer.verdict,
    reasons: distinct(restsOn.flatMap(({ reasons }) => reasons)),
    ageMs: Math.max(...restsOn.map(({ ageMs }) => ageMs)),
  };
}

function weakestRoute(parts: readonly RouteConclusion[]): RouteVerdict {
  const verdicts = parts.map(({ verdict }) => verdict);
  if (verdicts.includes('will fail')) return 'will fail';
  return verdicts.includes('unknown') ? 'unknown' : 'promised';
}

/** F6: the two questions are never mixed, and what is to be expected is the weaker answer. */
export function weaker(route: RouteVerdict, requireTls: RequireTlsVerdict): Verdict {
  if (route === 'will fail' || requireTls === 'will fail') return 'will fail';
  if (route === 'unknown') return 'unknown';
  return requireTls === 'observed' ? 'observed' : 'promised';
}

/** F1: whether there is an address that a relay can connect to. */
function reachVerdict(
  { host, addresses, onlySpecialAddresses }: HostFacts,
  { mx, mtaSts }: DomainFacts,
): RouteConclusion {
  const { ageMs } = addresses;
  switch (addresses.kind) {
    case 'found':
      // Nobody on the Internet can deliver there; a relay in the host's own network could.
      return onlySpecialAddresses === true
        ? notKnown([reason('special address', host)], ageMs)
        : promised([], ageMs);
    case 'failed':
      return notKnown([failure(addresses.why, host)], ageMs);
    case 'none': {
      if (!isBelieved(addresses)) return notKnown([reason('resolver cannot tell')], ageMs);
      const absent =
        mx.kind === 'none' ? reason('no mail host') : reason('host has no address', host);
      return excludedBy(absent, { answer: addresses, policy: mtaSts.policy }, ageMs);
    }
  }
}

/**
 * Whether the host speaks TLS at all, where it was connected to. Where it does not, no certificate
 * says who it was, so what was seen counts only where its address is believed.
 */
function encryptionVerdict(
  { host, addresses, probe }: HostFacts,
  { mtaSts }: DomainFacts,
): RouteConclusion {
  if (addresses.kind !== 'found' || probe.kind === 'not seen') return promised([], 0);
  if (probe.kind === 'seen') return promised([], probe.ageMs);
  if (!stillExcludes(probe)) return promised([], 0);

  const fault =
    probe.kind === 'no STARTTLS'
      ? reason('no STARTTLS', host)
      : reason('TLS failed', host, probe.detail);
  if (!isBelieved(addresses)) {
    return notKnown([reason('resolver cannot tell'), fault], probe.ageMs);
  }
  const ageMs = Math.max(addresses.ageMs, probe.ageMs);
  return excludedBy(fault, { answer: addresses, policy: mtaSts.policy }, ageMs);
}

/**
 * F4: whether the host offers REQUIRETLS, seen inside TLS whose certificate verified: by DANE where
 * it applies, else by PKIX. Whoever is not known by a certificate can offer and withhold anything.
 */
function offerVerdict({ host, probe }: HostFacts, dane: DaneState): Conclusion<RequireTlsVerdict> {
  const { ageMs } = probe;
  if (probe.kind === 'not seen') return notSeen(host, probe.why);
  const verified = probe.kind === 'seen' ? verification(probe, dane) : 'mismatch';
  if (verified === 'changed since') return notSeen(host, 'certificate changed');
  if (probe.kind === 'seen' && verified === 'matches' && probe.requireTls) {
    return { verdict: 'observed', reasons: [reason('REQUIRETLS seen', host)], ageMs };
  }
  if (!stillExcludes(probe)) return notSeen(host, 'look is old');
  return verified === 'matches'
    ? { verdict: 'will fail', reasons: [reason('REQUIRETLS not offered', host)], ageMs }
    : { verdict: 'unknown', reasons: [], ageMs };
}

function notSeen(
  host: string,
  why: WhyNotProbed | 'certificate changed' | 'look is old',
): Conclusion<RequireTlsVerdict> {
  return { verdict: 'unknown', reasons: [reason('REQUIRETLS not seen', host, why)], ageMs: 0 };
}

function verification(
  probe: Extract<ProbeFact, { readonly kind: 'seen' }>,
  dane: DaneState,
): SeenByDane {
  switch (dane.kind) {
    case 'usable':
      return seenByDane(dane, probe);
    case 'failed':
      return 'mismatch';
    case 'unusable':
    case 'none':
    case 'unknown':
      return probe.certificates.pkixFault === undefined ? 'matches' : 'mismatch';
  }
}
