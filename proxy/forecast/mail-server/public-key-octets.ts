/** ASN.1 as DER writes it: an element is a tag, the length of its content, and the content. */
type Element = { readonly tag: number; readonly content: Buffer; readonly whole: Buffer };

/** `[0]` of TBSCertificate: the version, absent in certificates of version 1. */
const VERSION = 0xa0;

/**
 * The SubjectPublicKeyInfo of a certificate, as it stands in it (RFC 5280 §4.1): what DANE compares
 * under selector 1 (RFC 6698 §2.1.2). A library that reads the key and writes it again may write
 * other octets, for instance of a compressed point.
 *
 * @param certificate in DER
 * @throws Error when it is none
 */
export function publicKeyOctets(certificate: Buffer): Buffer {
  const toBeSigned = elementAt(elementAt(certificate, 0).content, 0).content;
  let at = 0;
  const next = () => {
    const element = elementAt(toBeSigned, at);
    at += element.whole.length;
    return element;
  };
  if (next().tag === VERSION) next(); // the serial number follows
  for (let field = 0; field < 4; field += 1) next(); // signature, issuer, validity, subject
  return next().whole;
}

function elementAt(octets: Buffer, start: number): Element {
  const [tag, first] = octets.subarray(start, start + 2);
  if (tag === undefined || first === undefined) throw notOne();
  // Above 127 it says how many octets the length has.
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const contentStart = start + 2 + lengthOctets;
  if (lengthOctets > 4 || contentStart > octets.length) throw notOne();
  const length = lengthOctets === 0 ? first : octets.readUIntBE(start + 2, lengthOctets);
  const end = contentStart + length;
  if (end > octets.length) throw notOne();
  return { tag, content: octets.subarray(contentStart, end), whole: octets.subarray(start, end) };
}

function notOne(): Error {
  return new Error('it is no certificate');
}
