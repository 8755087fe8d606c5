import type { X509Certificate } from 'node:crypto';
import type { Answer } from '../../../shared/forecast/facts.ts';
import { certificateParts, type CertificateParts } from './certificate-parts.ts';
import { elementsIn, firstElement } from './der-elements.ts';

type Certificate = {
  readonly certificate: X509Certificate;
  readonly parts: CertificateParts;
  /** Between it and the server's own, not counting itself and those that issued themselves. */
  readonly authoritiesBelow: number;
  readonly is: 'own' | 'between' | 'anchor';
};

/** The octets of the object identifiers of extensions (RFC 5280 §4.2.1). */
const ID = {
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  certificatePolicies: '551d20',
  extendedKeyUsage: '551d25',
  /** Addresses and networks (RFC 3779 §2.2, §3.2), and proxies (RFC 3820 §3.8). */
  addressBlocks: '2b06010505070107',
  networks: '2b06010505070108',
  proxy: '2b0601050507010e',
  /** Netscape's, of before RFC 5280; OpenSSL obeys it. */
  netscapeType: '6086480186f8420101',
} as const;

/** They are obeyed here, or set bounds to nothing: policies bind only who asks for one. */
const MAY_BE_CRITICAL: ReadonlySet<string> = new Set([
  ID.keyUsage,
  ID.subjectAltName,
  ID.basicConstraints,
  ID.certificatePolicies,
  ID.extendedKeyUsage,
]);
/** They set bounds that OpenSSL asks for, critical or not, and are not read here. */
const NOT_READ: ReadonlySet<string> = new Set([
  ID.nameConstraints,
  ID.addressBlocks,
  ID.networks,
  ID.proxy,
  ID.netscapeType,
]);

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
/** To some they mean server authentication too, to others not: any, Microsoft's and Netscape's. */
const SERVER_AUTH_TO_SOME = [
  '2.5.29.37.0',
  '1.3.6.1.4.1.311.10.3.3',
  '2.16.840.1.113730.4.1',
] as const;

/** digitalSignature, keyEncipherment and keyAgreement, in the first octet (RFC 5280 §4.2.1.3). */
const FOR_TLS = 0b1010_1000;

/** RSA and ECDSA with SHA-256, SHA-384 and SHA-512, Ed25519, Ed448. */
const STRONG_SIGNATURE = /^(?:2a864886f70d01010[bcd]|2a8648ce3d04030[234]|2b657[01])$/;
/** As Node calls curves, and keys whose kind says the curve. */
const STRONG_CURVES: ReadonlySet<string | undefined> = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'ed25519',
  'ed448',
]);

/**
 * Whether a certificate that DANE names vouches for the server (RFC 7671 §5.1, §5.2): the server's
 * own does by itself; one above it as the trust anchor of a path that holds as RFC 5280 §6 has it,
 * or any certificate that it ever issued could issue others for this server. Names are not looked
 * at here.
 *
 * OpenSSL decides this in Postfix and mostly in Exim, and Node has no way to ask it about a path
 * without another connection. So what OpenSSL refuses is `no` here; what relays differ in, or this
 * file does not know, is `unknown`: it is never `yes` where OpenSSL refuses. Weak keys and
 * signatures are such, since Postfix takes 80 bits (level 1) where Debian's default is 112 (level 2).
 *
 * @param path the server's own first; each is issued and signed by the next
 * @param now  milliseconds since 1970
 */
export function canVouch(path: readonly X509Certificate[], now: number): Answer {
  try {
    const certificates: readonly Certificate[] = path.map((certificate, place) => ({
      certificate,
      parts: certificateParts(certificate.raw),
      authoritiesBelow: path.slice(1, place).filter((one) => !issuedItself(one)).length,
      is: place === 0 ? 'own' : place === path.length - 1 ? 'anchor' : 'between',
    }));
    if (certificates.length === 1) return path.every(hasStrongKey) ? 'yes' : 'unknown';
    const answers = certificates.map((each) => answerOn(each, now));
    if (answers.includes('no')) return 'no';
    return answers.includes('unknown') ? 'unknown' : 'yes';
  } catch {
    return 'unknown'; // a key or an extension that is not as it should be
  }
}

function answerOn(each: Certificate, now: number): Answer {
  const { certificate, parts, is } = each;
  const { validFrom, validTo } = certificate;
  if (now < Date.parse(validFrom) || now > Date.parse(validTo)) return 'no';
  const answers = [purpose(certificate), is === 'own' ? ownKeyUsage(parts) : authority(each)];
  if (answers.includes('no')) return 'no';
  const isKnown = parts.extensions.every(
    ({ id, isCritical }) => !NOT_READ.has(id) && (!isCritical || MAY_BE_CRITICAL.has(id)),
  );
  // Nobody asks who signed the anchor, since DANE did.
  const isStrong = is === 'anchor' || STRONG_SIGNATURE.test(parts.signatureAlgorithm);
  return !answers.includes('unknown') && isKnown && isStrong && hasStrongKey(certificate)
    ? 'yes'
    : 'unknown';
}

/** RFC 5280 §4.2.1.12; of authorities OpenSSL asks it too. Node calls it keyUsage (20.20). */
function purpose({ keyUsage: purposes }: X509Certificate): Answer {
  // Without the extension Node has undefined there, whatever its types say.
  if ((purposes as readonly string[] | undefined) === undefined) return 'yes';
  if (purposes.includes(SERVER_AUTH)) return 'yes';
  return SERVER_AUTH_TO_SOME.some((one) => purposes.includes(one)) ? 'unknown' : 'no';
}

function ownKeyUsage(parts: CertificateParts): Answer {
  const value = valueOf(parts, ID.keyUsage);
  // A BIT STRING, whose first octet counts unused bits.
  const bits = value === undefined ? FOR_TLS : (firstElement(value).content[1] ?? 0);
  return (bits & FOR_TLS) !== 0 ? 'yes' : 'no';
}

/** RFC 5280 §6.1.4 (k) to (n); that its key may sign certificates was asked when it was found. */
function authority({ certificate, parts, authoritiesBelow }: Certificate): Answer {
  const constraints = valueOf(parts, ID.basicConstraints);
  // From before version 3, or with keyUsage alone: OpenSSL takes some, RFC 5280 none.
  if (constraints === undefined) return 'unknown';
  if (!certificate.ca) return 'no';
  const limit = elementsIn(firstElement(constraints).content).find(({ tag }) => tag === 0x02);
  if (limit === undefined) return 'yes';
  return authoritiesBelow <= Number(`0x${limit.content.toString('hex')}`) ? 'yes' : 'no';
}

function valueOf({ extensions }: CertificateParts, wanted: string): Buffer | undefined {
  return extensions.find(({ id }) => id === wanted)?.value;
}

function issuedItself({ subject, issuer }: X509Certificate): boolean {
  return subject === issuer;
}

/** RFC 9325 §4.5. */
function hasStrongKey({ publicKey }: X509Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } =
    publicKey;
  if (type === 'rsa' || type === 'rsa-pss') return modulusLength >= 2048;
  return STRONG_CURVES.has(type === 'ec' ? namedCurve : type);
}
