import type {
  Answer,
  CertificateDigests,
  Dnssec,
  DomainFacts,
  HostFacts,
  Looked,
  PolicyFact,
  PresentedCertificates,
  ProbeFact,
  WhyNoAnswer,
} from '../../shared/forecast/facts.ts';
import type { TlsaRecord } from '../../shared/forecast/dane.ts';
import type { MtaStsPolicy } from '../../shared/forecast/mta-sts.ts';

/** Facts as the look-ups find them, for tests; all of them a second old unless said. */

export function found<Records>(
  records: Records,
  dnssec: Dnssec = 'secure',
  more: { alias?: string; inClear?: boolean; ageMs?: number } = {},
): Looked<Records> {
  return { kind: 'found', records, dnssec, source: sourceOf(dnssec), ageMs: 1000, ...more };
}

export function none(
  dnssec: Dnssec = 'secure',
  more: { isNameAbsent?: boolean; alias?: string; inClear?: boolean; ageMs?: number } = {},
): Looked<never> {
  const source = sourceOf(dnssec);
  return { kind: 'none', isNameAbsent: false, dnssec, source, ageMs: 1000, ...more };
}

export function failed(why: WhyNoAnswer = 'server failure', ageMs = 1000): Looked<never> {
  return { kind: 'failed', why, ageMs };
}

function sourceOf(dnssec: Dnssec) {
  return dnssec === 'unknown' ? 'nobody' : 'validated here';
}

export function policy(
  mode: MtaStsPolicy['mode'],
  mx: readonly string[] = [],
  more: Partial<Extract<PolicyFact, { kind: 'policy' }>> = {},
): PolicyFact {
  const text = { id: 'a1', mode, mx, maxAgeSeconds: 86_400 };
  return { kind: 'policy', policy: text, kept: 'as announced', ageMs: 1000, ...more };
}

/** The digests of a certificate whose octets are these and whose key is another. */
export function certificate(name: string, canVouch: Answer = 'yes'): CertificateDigests {
  return { certificate: octets(name), publicKey: octets(`key of ${name}`), canVouch };
}

/** No digests, but one text never makes the octets of another. */
function octets(text: string) {
  return {
    full: `3014${hex(text, 40)}`, // a DER SEQUENCE of 20 octets
    sha256: hex(`sha256 ${text}`, 64),
    sha512: hex(`sha512 ${text}`, 128),
  };
}

function hex(text: string, length: number): string {
  return text.replace(/./g, (each) => each.charCodeAt(0).toString(16)).padEnd(length, '0');
}

export function presented(more: Partial<PresentedCertificates> = {}): PresentedCertificates {
  const chain = [certificate('own'), certificate('issuer')];
  return { chain, dnsNames: ['mx.example.org'], pkixFault: undefined, ...more };
}

/** A `3 1 1` record of the key in a certificate. */
export function keyRecord(of = certificate('own')): TlsaRecord {
  return { usage: 3, selector: 1, matchingType: 1, data: of.publicKey.sha256 };
}

export function seen(requireTls: boolean, certificates = presented(), ageMs = 1000): ProbeFact {
  return { kind: 'seen', tls: 'TLSv1.3', certificates, requireTls, ageMs };
}

export const NOT_PROBED: ProbeFact = { kind: 'not seen', why: 'not asked for', ageMs: 0 };

/** A host that is signed and has no TLSA record. */
export function host(name: string, more: Partial<HostFacts> = {}): HostFacts {
  const addresses = found(['192.0.2.1']);
  return { host: name, addresses, tlsa: none(), probe: NOT_PROBED, ...more };
}

/** A signed domain with one signed host, without MTA-STS and TLSA. */
export function domainFacts(more: Partial<DomainFacts> = {}): DomainFacts {
  const hosts = more.hosts ?? [host('mx.example.org')];
  return {
    domain: 'example.org',
    mx: found(hosts.map((each, place) => ({ preference: place, exchange: each.host }))),
    mtaSts: { record: none(), policy: { kind: 'none' } },
    moreHosts: false,
    ...more,
    hosts,
  };
}
