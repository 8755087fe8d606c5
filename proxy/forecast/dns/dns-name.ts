import { NoAnswer } from './no-answer.ts';

/** RFC 1035 §2.3.4, in the wire's form. */
const LONGEST_NAME_OCTETS = 255;
const LONGEST_LABEL_OCTETS = 63;

/** Each needs a label between it and the next; thousands in a row would only cost time. */
const MOST_POINTERS = 127;

/** Letters, digits, hyphen, and the underscore of `_25._tcp`: no other name is ever asked for. */
const ASKABLE_LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/;

/**
 * Whether a name may be asked for; `''` is the root. What is asked also becomes an argument of
 * the validator, so that nothing may be in it that a program could take for something else.
 *
 * @param name in A-label form and lower case, without the final dot
 */
export function isAskable(name: string): boolean {
  if (name === '') return true;
  return (
    name.length <= LONGEST_NAME_OCTETS - 2 &&
    name
      .split('.')
      .every((label) => label.length <= LONGEST_LABEL_OCTETS && ASKABLE_LABEL.test(label))
  );
}

/**
 * Writes a name without compression.
 *
 * @throws NoAnswer 'malformed' when it is not askable
 */
export function nameOctets(name: string): Buffer {
  if (!isAskable(name)) throw new NoAnswer('malformed', 'a name that nobody could be asked for');
  const labels = name === '' ? [] : name.split('.');
  const parts = labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

export type NameAt = {
  /** Lower case, without the final dot, `''` for the root; odd octets as `\046` (RFC 1035 §5.1). */
  readonly name: string;
  /** Where what follows it begins. */
  readonly end: number;
};

/**
 * Reads a name, compressed or not (RFC 1035 §4.1.4).
 *
 * A dot, a NUL or a blank inside a label is written as an escape: to join labels as they are would
 * let one label `mx.example` pass for the two that a policy or a certificate names.
 *
 * @throws NoAnswer 'malformed'
 */
export function nameAt(message: Buffer, start: number): NameAt {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let octets = 1;
  let earliest = start;
  let pointers = 0;
  for (;;) {
    const length = octetAt(message, at);
    if (length >= 0xc0) {
      end ??= at + 2;
      at = ((length & 0x3f) << 8) | octetAt(message, at + 1);
      // "A prior occurance": to insist on it also ends every loop.
      if (at >= earliest) throw malformed('a name points forward');
      pointers += 1;
      if (pointers > MOST_POINTERS) throw malformed('a name of nothing but pointers');
      earliest = at;
      continue;
    }
    if (length > LONGEST_LABEL_OCTETS) throw malformed('a label of an unknown kind');
    at += 1;
    if (length === 0) break;

    octets += 1 + length;
    if (octets > LONGEST_NAME_OCTETS || at + length > message.length) {
      throw malformed('a name that is too long');
    }
    labels.push(labelText(message.toString('latin1', at, at + length)));
    at += length;
  }
  return { name: labels.join('.'), end: end ?? at };
}

function octetAt(message: Buffer, at: number): number {
  const octet = message[at];
  if (octet === undefined) throw malformed('a name that is cut off');
  return octet;
}

function labelText(label: string): string {
  return label
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase()) // RFC 4343 §3: ASCII letters alone
    .replace(/[^a-z0-9_*-]/g, (octet) => `\\${String(octet.charCodeAt(0)).padStart(3, '0')}`);
}

function malformed(detail: string): NoAnswer {
  return new NoAnswer('malformed', detail);
}
