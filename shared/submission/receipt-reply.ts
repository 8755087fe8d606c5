import { withoutControls } from './receipt-line.ts';
import type { ReceiptReply } from './receipt.ts';

/** Of what a server wrote; longer than any reason that a person reads. */
const MAX_TEXT = 500;

/** So much is looked at; what stands behind it would be cut off anyway. */
const MAX_READ = 4000;

/** An address in any spelling: the local part plain or quoted, the domain a name or a literal. */
const ADDRESS =
  /<?(?:"(?:\\.|[^"\\]){1,512}"|[^\s<>()",;@[\]]{1,512})@(\[[^\]\s]{1,255}\]|[\p{L}\p{N}._-]{1,255})>?/gu;

/**
 * A reply as a receipt keeps it: codes and words, and no recipient. Servers name recipients in
 * their replies, and write them in their own way: in another letter case, with the address that
 * an alias leads to, or by the local part alone (`grace... User unknown`). So every address
 * loses its local part, and the recipients' local parts are taken out wherever they stand alone.
 *
 * @param reply its text as characters
 * @param recipients envelope paths as characters, with their brackets
 */
export function receiptReply(reply: ReceiptReply, recipients: readonly string[]): ReceiptReply {
  const { code, enhancedCode, text } = reply;
  const words = wholeWords(withoutControls(text), MAX_READ);
  const masked = withoutLocalParts(words, recipients).replace(ADDRESS, (_, domain: string) => {
    const name = domain.replace(/[._-]+$/, '');
    return `<…@${name}>${domain.slice(name.length)}`;
  });
  return { code, enhancedCode, text: wholeWords(masked, MAX_TEXT) };
}

function withoutLocalParts(text: string, recipients: readonly string[]): string {
  const spellings = new Set(recipients.flatMap(localPartSpellings));
  const standing = [...spellings]
    .filter((spelling) => text.toLowerCase().includes(spelling))
    .toSorted((a, b) => b.length - a.length) // `ada+tag` before `ada`
    .map((spelling) => spelling.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  if (standing.length === 0) return text;
  const alone = String.raw`(?<![\p{L}\p{N}])(?:${standing.join('|')})(?![\p{L}\p{N}])`;
  return text.replace(new RegExp(alone, 'giu'), '…');
}

/** The local part as it is written, without its quotes, and without what follows a `+`. */
function localPartSpellings(path: string): readonly string[] {
  const written = path.slice(1, path.includes('@') ? path.lastIndexOf('@') : -1).toLowerCase();
  const plain = written.replace(/^.*:(?=[^"]*$)/, '').replace(/^"(.*)"$/, '$1'); // RFC 5321 §4.1.2
  const unquoted = plain.replace(/\\(.)/g, '$1');
  return [written, plain, unquoted, unquoted.replace(/\+.*$/, '')].filter((text) => text !== '');
}

/** Cut at a blank: half an address would not be taken for one. */
function wholeWords(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 2).replace(/\S*$/, '')}…`;
}
