import * as fc from 'fast-check';

const octet = fc.nat(255).map((code) => String.fromCharCode(code));

/** Any octets, one character each. */
export const anyOctets = fc.string({ unit: octet, maxLength: 60 });

/** What framing is made of, far more often than chance would bring it. */
export const framingOctets = fc
  .array(fc.constantFrom('\r\n', '\r\n.', '.', '\r', '\n', '\0', 'a'), { maxLength: 30 })
  .map((pieces) => pieces.join(''));

/** Octets that may stand in the text of a line. */
export const lineOctets = fc.string({
  unit: octet.filter((character) => !'\r\n\0'.includes(character)),
  maxLength: 60,
});

/** Header fields as mail programs write them, some folded; none asks anything of TLS. */
export const ordinaryFields = fc.array(
  fc
    .record({
      name: fc.constantFrom('From', 'Subject', 'X-Mailer', 'DKIM-Signature', 'x', 'List-Id'),
      lines: fc.array(lineOctets, { minLength: 1, maxLength: 3 }),
      blank: fc.constantFrom(' ', '\t'),
    })
    .map(({ name, lines, blank }) => {
      // A folded line that names the marker before a colon is another matter.
      const texts = lines.map((line) => line.replaceAll(':', ';'));
      return `${name}:${texts.join(`\r\n${blank}`)}\r\n`;
    }),
  { maxLength: 8 },
);

/** One of the ways in which octets can be cut into segments, down to one octet each. */
export function cut(octets: string, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (octets.length + 1)))]
    .filter((place) => place > 0 && place < octets.length)
    .toSorted((a, b) => a - b);
  return [0, ...ends].map((start, at) => Buffer.from(octets.slice(start, ends[at]), 'latin1'));
}

/** Places for `cut`. */
export const anyPlaces = fc.array(fc.nat(10_000), { maxLength: 12 });

/** Places for `cut` that leave one octet in each segment. */
export function everyPlace(octets: string): readonly number[] {
  return Array.from(octets, (_, at) => at);
}
