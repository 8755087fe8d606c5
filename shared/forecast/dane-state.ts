import {
  aliasToLookUp,
  daneNames,
  matchesDane,
  tlsaBases,
  usableTlsa,
  type TlsaRecord,
} from './dane.ts';
import type {
  Answer,
  DomainFacts,
  HostFacts,
  PresentedCertificates,
  ProbeFact,
  WhyNoAnswer,
} from './facts.ts';
import { stillExcludes } from './sighting.ts';

/** What DANE has to say of a host (RFC 7672 §2.2). */
export type DaneState =
  /** The certificate must be as these records say. */
  | {
      readonly kind: 'usable';
      /** The TLSA base domain: whose records they are. */
      readonly base: string;
      readonly records: readonly TlsaRecord[];
      /** By which it may call the host, where they are about who issued it. */
      readonly names: readonly string[];
      readonly ageMs: number;
    }
  /** There are secure records, and none that SMTP can use: they promise encryption alone. */
  | { readonly kind: 'unusable'; readonly ageMs: number }
  /** There are no secure ones: DANE does not apply. */
  | { readonly kind: 'none'; readonly ageMs: number }
  /** An error is not the absence of records: a relay waits, or gives up (RFC 7672 §2.1.2). */
  | { readonly kind: 'failed'; readonly why: WhyNoAnswer; readonly ageMs: number }
  /** Nobody was asked who can tell. */
  | { readonly kind: 'unknown'; readonly ageMs: number };

export function daneState(
  facts: Pick<HostFacts, 'host' | 'addresses' | 'cname' | 'tlsa' | 'tlsaBase'>,
  domain: Pick<DomainFacts, 'domain' | 'mx'>,
): DaneState {
  const { host, addresses, cname, tlsa, tlsaBase: base = host } = facts;
  if (addresses.kind === 'failed') return addresses;
  const ageMs = Math.max(addresses.ageMs, tlsa?.ageMs ?? 0);
  if (addresses.dnssec === 'unknown') return { kind: 'unknown', ageMs };
  if (aliasToLookUp(facts, domain) !== undefined) {
    if (cname === undefined || (cname.kind !== 'failed' && cname.dnssec === 'unknown')) {
      return { kind: 'unknown', ageMs };
    }
    if (cname.kind === 'failed') return cname;
  }
  if (tlsaBases(facts, domain).length === 0) return { kind: 'none', ageMs };
  if (tlsa === undefined) return { kind: 'unknown', ageMs };
  if (tlsa.kind === 'failed') return { kind: 'failed', why: tlsa.why, ageMs };
  if (tlsa.dnssec === 'unknown') return { kind: 'unknown', ageMs };
  if (tlsa.kind === 'none' || tlsa.dnssec === 'insecure') return { kind: 'none', ageMs };

  const records = usableTlsa(tlsa.records);
  if (records.length === 0) return { kind: 'unusable', ageMs };
  return { kind: 'usable', base, records, names: daneNames(base, domain), ageMs };
}

/** Whether certificates are as usable records say; where there are none DANE says nothing. */
export type DaneWord = Answer | 'does not apply';

/** Where it is a word at all it is the only one, whatever PKIX says (RFC 7672 §2.2). */
export function daneWord(dane: DaneState, certificates: PresentedCertificates): DaneWord {
  // Where the records could not be looked up there may be some.
  if (dane.kind === 'failed') return 'unknown';
  if (dane.kind !== 'usable') return 'does not apply';
  return matchesDane(dane.records, certificates, dane.names);
}

/** What DANE says of a certificate that was seen. */
export type SeenByDane = 'matches' | 'mismatch' | 'unknown' | 'changed since';

/**
 * Whether a certificate is as the records say. Who renews a certificate first publishes records of
 * the next one and in the end takes those of the old one away (RFC 7671 §8.1): so records of now
 * say nothing of a certificate that was seen yesterday and that they do not name.
 */
export function seenByDane(
  dane: Extract<DaneState, { readonly kind: 'usable' }>,
  probe: Extract<ProbeFact, { readonly kind: 'seen' }>,
): SeenByDane {
  const word = matchesDane(dane.records, probe.certificates, dane.names);
  if (word === 'no') return stillExcludes(probe) ? 'mismatch' : 'changed since';
  return word === 'yes' ? 'matches' : 'unknown';
}
