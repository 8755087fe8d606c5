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
  // What is longer by far is not taken apart.
  const begins = text
    .slice(0, 100 * longest)
    .replaceAll(UNSEEN, ' ')
    .trim();
  const all = Array.from(characters.segment(begins), ({ segment }) => segment);
  const short = all.length > longest ? `${all.slice(0, longest).join('')}…` : begins;
  return `\u2068${short}\u2069`;
}
