/**
 * The header section of a message (RFC 5322 §2.2) as a string of octets: one character is one
 * octet (0-255), so that what is not touched comes out as it went in. It holds the header
 * lines, each with its CRLF, and not the empty line that ends them.
 */
export type HeaderSection = string;

/** One header field where it stands, folded lines included. */
export type HeaderField = {
  readonly name: string;
  /** What follows the colon, unfolded (RFC 5322 §2.2.3), without the final CRLF. */
  readonly value: string;
  /** Index of the first octet, and of the one after the final CRLF. */
  readonly start: number;
  readonly end: number;
};

export type HeaderLines = {
  readonly fields: readonly HeaderField[];
  /** Lines that are neither a field nor the continuation of one. */
  readonly strays: readonly string[];
  /** Folded lines: the continuation of a field, without their leading blanks. */
  readonly continuations: readonly string[];
};

/** RFC 5322 §2.2: printable US-ASCII without the colon. A blank before the colon is obsolete. */
const FIELD = /^([!-9;-~]+):/;

const CONTINUATION = /^[ \t]/;

/** Takes a header section apart, without losing a line that is no header field. */
export function headerLines(section: HeaderSection): HeaderLines {
  const fields: HeaderField[] = [];
  const strays: string[] = [];
  const continuations: string[] = [];

  let start = 0;
  while (start < section.length) {
    const end = lineEnd(section, start);
    const line = section.slice(start, end);
    const name = FIELD.exec(line)?.[1];

    if (name !== undefined) {
      let fieldEnd = end;
      while (CONTINUATION.test(section.slice(fieldEnd, fieldEnd + 1))) {
        const next = lineEnd(section, fieldEnd);
        continuations.push(section.slice(fieldEnd, next).trim());
        fieldEnd = next;
      }
      const value = section.slice(start + name.length + 1, fieldEnd).replaceAll('\r\n', '');
      fields.push({ name, value, start, end: fieldEnd });
      start = fieldEnd;
    } else {
      strays.push(line.replace(/\r\n$/, ''));
      start = end;
    }
  }
  return { fields, strays, continuations };
}

function lineEnd(section: HeaderSection, from: number): number {
  const end = section.indexOf('\r\n', from);
  return end === -1 ? section.length : end + 2;
}

/** Puts `text` (whole lines, or nothing) where a field stands and touches no other octet. */
export function replaceField(
  section: HeaderSection,
  field: HeaderField,
  text: string,
): HeaderSection {
  return section.slice(0, field.start) + text + section.slice(field.end);
}

/**
 * A value without the blanks around it: space and tab (RFC 5322 §2.2.2), and not the dozen other
 * characters that `trim` takes off and a mail server does not.
 */
export function withoutBlanks(value: string): string {
  return value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, '');
}
