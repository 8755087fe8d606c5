/** What makes nothing visible and can turn round, or break, all that follows it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** So short that a notification, which is cut off, still says what it is about. */
const LONGEST = 40;
const characters = new Intl.Segmenter();

/**
 * Text of somebody else, such as the subject of a mail, as it may stand in a sentence of ours: short,
 * on one line, and written in its own direction without turning the rest (Unicode UAX 9, isolates).
 */
export function shownText(text: string, longest: number = LONGEST): string {
  return `\u2068${bounded(text, longest)}\u2069`;
}

/** RFC 5321 §4.5.3.1: a local part and a domain at their longest. */
const LONGEST_ADDRESS = 64 + '@'.length + 255;

/**
 * A name of a domain or host, or an address, as it may stand in a sentence of ours: whole, since it is
 * what the sentence is about, and read from the left. In its own direction `\u05d0.example` would be
 * shown just as the other domain `example.\u05d0` is.
 */
export function shownName(name: string): string {
  return `\u2066${bounded(name, LONGEST_ADDRESS)}\u2069`;
}

function bounded(text: string, longest: number): string {
  // What is longer by far is not taken apart.
  const begins = text
    .slice(0, 100 * longest)
    .replaceAll(UNSEEN, ' ')
    .trim();
  const all = Array.from(characters.segment(begins), ({ segment }) => segment);
  return all.length > longest ? `${all.slice(0, longest).join('')}…` : begins;
}
