import { firstElement, elementsIn } from './der-elements.ts';

export type Extension = {
  /** The octets of its object identifier, lower case hex. */
  readonly id: string;
  /** Whoever does not know it must not take the certificate (RFC 5280 §4.2). */
  readonly isCritical: boolean;
  readonly value: Buffer;
};

/** What Node does not tell of a certificate, or not as it stands there (RFC 5280 §4.1). */
export type CertificateParts = {
  /**
   * SubjectPublicKeyInfo: what DANE compares under selector 1 (RFC 6698 §2.1.2). A library that
   * reads the key and writes it again may write other octets, for instance of a compressed point.
   */
  readonly publicKey: Buffer;
  /** By which its issuer signed it: the octets of the object identifier, lower case hex. */
  readonly signatureAlgorithm: string;
  readonly extensions: readonly Extension[];
};

/** `[0]` and `[3]` of TBSCertificate: the version, absent in certificates of version 1; extensions. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const BOOLEAN = 0x01;

/**
 * @param certificate in DER
 * @throws Error when it is none
 */
export function certificateParts(certificate: Buffer): CertificateParts {
  const [toBeSigned, algorithm] = elementsIn(firstElement(certificate).content);
  if (toBeSigned === undefined || algorithm === undefined) throw notOne();
  const fields = elementsIn(toBeSigned.content);
  const [first] = fields;
  // The serial number, signature, issuer, validity and subject stand before the key.
  const publicKey = fields[first?.tag === VERSION ? 6 : 5];
  if (publicKey === undefined) throw notOne();
  const extensions = fields.find(({ tag }) => tag === EXTENSIONS);
  return {
    publicKey: publicKey.whole,
    signatureAlgorithm: hexOf(firstElement(algorithm.content).content),
    extensions:
      extensions === undefined
        ? []
        : elementsIn(firstElement(extensions.content).content).map(({ content }) =>
            extension(content),
          ),
  };
}

function extension(octets: Buffer): Extension {
  const [id, ...others] = elementsIn(octets);
  const value = others.at(-1);
  if (id === undefined || value === undefined) throw notOne();
  // Absent it is false; who writes FALSE, against DER, means it.
  const isCritical = others[0]?.tag === BOOLEAN && others[0].content[0] !== 0;
  return { id: hexOf(id.content), isCritical, value: value.content };
}

function hexOf(octets: Buffer): string {
  return octets.toString('hex');
}

function notOne(): Error {
  return new Error('it is no certificate');
}
