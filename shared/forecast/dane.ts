import type {
  Answer,
  CertificateDigests,
  DomainFacts,
  HostFacts,
  Looked,
  PresentedCertificates,
} from './facts.ts';
import { policyAllowsMx } from './mta-sts.ts';

/** A TLSA record (RFC 6698 §2.1). */
export type TlsaRecord = {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  /** Certificate association data, lower case hex. */
  readonly data: string;
};

/** Certificate usages (RFC 7218 §2.1); SMTP uses these two (RFC 7672 §3.1). */
const DANE_TA = 2;
const DANE_EE = 3;

/** Matching types (RFC 7218 §2.3). */
const FULL = 0;
const SHA2_256 = 1;
const SHA2_512 = 2;

/** Where the TLSA records of a server are (RFC 6698 §3). */
export function tlsaOwner(host: string, port = 25): string {
  return `_${port}._tcp.${host}`;
}

type HostAddresses = Pick<HostFacts, 'host' | 'cname'> & { readonly addresses: Looked<unknown> };
type NextHop = Pick<DomainFacts, 'domain'> & { readonly mx: Looked<unknown> };

/**
 * The TLSA base domains of a mail host (RFC 7672 §2.2.2, §2.2.3): the names whose TLSA records are
 * to be asked for, in this order, the next only where the one before has no secure ones. None where
 * they are not to be asked for.
 *
 * Name servers of unsigned zones often answer a question for TLSA with an error, which must not be
 * taken for a fault of DANE: so it is asked only where something signed leads there.
 */
export function tlsaBases(of: HostAddresses, nextHop: NextHop): readonly string[] {
  const { host, addresses, cname } = of;
  if (addresses.kind !== 'found') return [];
  const { first, last } = aliasesOf(of, nextHop);
  switch (addresses.dnssec) {
    case 'secure':
      return first === host || isSecure(nextHop.mx) ? [...new Set([last, first])] : [last];
    case 'insecure':
      // The alias may be signed and what it stands for not: then the records are at the alias.
      return first !== last && cname !== undefined && isSecure(cname) ? [first] : [];
    case 'unknown':
      return [];
  }
}

/**
 * Of which name CNAME is to be looked up before: of an alias of what is not signed, for the alias
 * may be (RFC 7672 §2.2.2).
 */
export function aliasToLookUp(of: HostAddresses, nextHop: NextHop): string | undefined {
  const { addresses } = of;
  const { first, last } = aliasesOf(of, nextHop);
  const isUnsigned = addresses.kind === 'found' && addresses.dnssec === 'insecure';
  return isUnsigned && first !== last ? first : undefined;
}

/** Where the chain of aliases to a host begins and ends: without MX records it begins at the domain. */
function aliasesOf({ host, addresses }: HostAddresses, { domain, mx }: NextHop) {
  const alias = addresses.kind === 'found' ? addresses.alias : undefined;
  return { first: mx.kind === 'none' ? domain : host, last: alias ?? host };
}

function isSecure(looked: Looked<unknown>): boolean {
  return looked.kind !== 'failed' && looked.dnssec === 'secure';
}

/**
 * The records that SMTP can use (RFC 7672 §3.1), in an order that does not depend on the answer's.
 *
 * PKIX-TA(0) and PKIX-EE(1) are left out: servers should not publish them, and no client has to
 * know what they mean (RFC 7672 §3.1.3).
 */
export function usableTlsa(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  return records.filter(isUsable).toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}

function isUsable({ usage, selector, matchingType, data }: TlsaRecord): boolean {
  if (usage !== DANE_TA && usage !== DANE_EE) return false;
  if (selector !== 0 && selector !== 1) return false;
  if (data.length === 0 || data.length % 2 !== 0 || !/^[0-9a-f]*$/.test(data)) return false;
  switch (matchingType) {
    case FULL:
      return isWholeSequence(data);
    case SHA2_256:
      return data.length === 64;
    case SHA2_512:
      return data.length === 128;
    default:
      return false;
  }
}

/**
 * Whether these octets, in hex, are one SEQUENCE of DER (X.690 §8.1), as certificates and keys are,
 * and nothing else. A relay that cannot read them has no use for the record; as a rule it is a
 * digest with the wrong matching type.
 */
function isWholeSequence(hex: string): boolean {
  const first = Number.parseInt(hex.slice(2, 4), 16);
  const more = first > 0x80 ? first - 0x80 : 0;
  const length = more === 0 ? first : Number.parseInt(hex.slice(4, 4 + 2 * more), 16);
  return hex.startsWith('30') && first !== 0x80 && hex.length === 4 + 2 * (more + length);
}

function key({ usage, selector, matchingType, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${data}`;
}

/**
 * Whether what a server presented is what its records say (RFC 7672 §3.1).
 *
 * DANE-EE(3) is about the server's own certificate alone, and neither its names nor its dates count
 * (RFC 7672 §3.1.1). DANE-TA(2) is about one that issued it: then the server's own must have one
 * of the names, and all up to that one must be a path that holds. It is looked for among what the
 * server presented, for a server must present it (RFC 7672 §3.1.2).
 *
 * @param records any; those that cannot be used do not count
 * @param names   by which the host may be called, as `daneNames` gives them
 */
export function matchesDane(
  records: readonly TlsaRecord[],
  presented: PresentedCertificates,
  names: readonly string[],
): Answer {
  const [own, ...issuers] = presented.chain;
  if (own === undefined) return 'no';
  const answers = strongest(usableTlsa(records)).map((record): Answer => {
    if (record.usage === DANE_EE) return isAbout(record, own) ? own.canVouch : 'no';
    const named = isNamed(presented, names);
    if (named === 'no') return 'no';
    const anchor = issuers.find((issuer) => isAbout(record, issuer));
    // With the octets in full a relay can do without the server's (RFC 7671 §5.2.2, §5.2.3).
    if (anchor === undefined) return record.matchingType === FULL ? 'unknown' : 'no';
    return named === 'yes' || anchor.canVouch === 'no' ? anchor.canVouch : 'unknown';
  });
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

function isNamed({ dnsNames }: PresentedCertificates, names: readonly string[]): Answer {
  // In a certificate, as in a policy, a wildcard stands for one left-most label (RFC 7672 §3.2.3).
  if (names.some((name) => policyAllowsMx(name, dnsNames))) return 'yes';
  // Where no name stands in its place, some relays take the common name (RFC 7672 §3.2.3).
  return dnsNames.length === 0 ? 'unknown' : 'no';
}

/**
 * The names by which a certificate under DANE-TA may call a mail host (RFC 7672 §3.2.2): the one
 * whose TLSA records count, and where the MX answer is secure, the domain whose mail it takes and
 * what that is an alias of. A name that nobody vouches for is none.
 */
export function daneNames(base: string, { domain, mx }: NextHop): readonly string[] {
  if (mx.kind === 'failed' || mx.dnssec !== 'secure') return [base];
  return [...new Set([base, domain, mx.alias ?? domain])];
}

/**
 * Digest algorithm agility (RFC 7671 §9): among records of the same usage and selector, the weaker
 * digest does not count beside the stronger one. The octets in full always count.
 */
function strongest(usable: readonly TlsaRecord[]): readonly TlsaRecord[] {
  return usable.filter(
    (record) =>
      record.matchingType !== SHA2_256 ||
      !usable.some(
        (other) =>
          other.matchingType === SHA2_512 &&
          other.usage === record.usage &&
          other.selector === record.selector,
      ),
  );
}

function isAbout(record: TlsaRecord, digests: CertificateDigests): boolean {
  const selected = record.selector === 0 ? digests.certificate : digests.publicKey;
  switch (record.matchingType) {
    case FULL:
      return selected.full === record.data;
    case SHA2_256:
      return selected.sha256 === record.data;
    default:
      return selected.sha512 === record.data;
  }
}
