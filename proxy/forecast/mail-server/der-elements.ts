/** ASN.1 as DER writes it: an element is a tag, the length of its content, and the content. */
export type DerElement = {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
};

/**
 * Those that stand there one after the other.
 *
 * @throws Error when there is something else
 */
export function elementsIn(octets: Buffer): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < octets.length;) {
    const element = firstElement(octets.subarray(at));
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

/**
 * The one with which these octets begin.
 *
 * @throws Error when there is none
 */
export function firstElement(octets: Buffer): DerElement {
  const [tag, first] = octets;
  if (tag === undefined || first === undefined) throw notOne();
  // Above 127 it says how many octets the length has.
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + lengthOctets;
  if (lengthOctets > 4 || start > octets.length) throw notOne();
  const length = lengthOctets === 0 ? first : octets.readUIntBE(2, lengthOctets);
  const end = start + length;
  if (end > octets.length) throw notOne();
  return { tag, content: octets.subarray(start, end), whole: octets.subarray(0, end) };
}

function notOne(): Error {
  return new Error('it is no DER');
}
