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

/**
 * Where to ask for the TLSA records of a mail host, in this order: the next only where the one
 * before has no secure records. Empty where they are not to be asked for (RFC 7672 §2.2.2, §2.2.3).
 *
 * Name servers of unsigned zones often answer a question for TLSA with an error, which must not be
 * taken for a fault of DANE: so it is asked only where there is something signed.
 *
 * @param addresses A and AAAA of the host, aliases followed
 */
export function tlsaOwners(host: string, addresses: Looked<unknown>): readonly string[] {
  if (addresses.kind !== 'found') return [];
  const { alias } = addresses;
  if (alias === undefined || alias === host) {
    return addresses.dnssec === 'secure' ? [tlsaOwner(host)] : [];
  }
  switch (addresses.dnssec) {
    case 'secure':
      return [tlsaOwner(alias), tlsaOwner(host)];
    case 'insecure':
      // The alias may be signed and what it stands for not: then the records are at the alias.
      return [tlsaOwner(host)];
    case 'unknown':
      return [];
  }
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
      return true;
    case SHA2_256:
      return data.length === 64;
    case SHA2_512:
      return data.length === 128;
    default:
      return false;
  }
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

function isNamed({ namesHost, dnsNames }: PresentedCertificates, names: readonly string[]): Answer {
  // In a certificate, as in a policy, a wildcard stands for one left-most label (RFC 7672 §3.2.3).
  if (namesHost || names.some((name) => policyAllowsMx(name, dnsNames))) return 'yes';
  // Where no name stands in its place, some relays take the common name (RFC 7672 §3.2.3).
  return dnsNames.length === 0 ? 'unknown' : 'no';
}

/**
 * The names by which a certificate under DANE-TA may call a mail host (RFC 7672 §3.2.2): its own,
 * the end of its chain of aliases, and where the MX records are secure, the domain whose mail it
 * takes. Names that nobody vouches for are none.
 */
export function daneNames(
  { host, addresses }: Pick<HostFacts, 'host' | 'addresses'>,
  { domain, mx }: Pick<DomainFacts, 'domain' | 'mx'>,
): readonly string[] {
  const isVouchedFor = mx.kind === 'found' && mx.dnssec === 'secure';
  const names = [host, aliasOf(addresses), ...(isVouchedFor ? [domain, aliasOf(mx)] : [])];
  return names.filter((name) => name !== undefined);
}

function aliasOf(looked: Looked<unknown>): string | undefined {
  return looked.kind === 'found' && looked.dnssec === 'secure' ? looked.alias : undefined;
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
