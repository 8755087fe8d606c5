import { withoutBlanks } from './header-section.ts';
import type { MarkedRequirement } from './requirement.ts';

/**
 * The header field that carries the choice from the compose window to the proxy, which takes
 * it off. It is not RFC 8689's own `TLS-Required`: Thunderbird lets an add-on set only `X-` names.
 */
export const MARKER_NAME = 'X-TLS-Required';

/** A choice as it stands in a message. */
export type Marker = {
  readonly requirement: MarkedRequirement;
  /** 1-64 of `A-Z a-z 0-9 - _`, by which the extension finds the outcome again; compared exactly. */
  readonly id: string | undefined;
};

const MARKER_VALUE = /^(yes|no)(?:;[ \t]*id=([A-Za-z0-9_-]{1,64}))?$/i;

/** Compared without case: Thunderbird writes `X-Tls-Required` (153; look again 2027-06). */
export function isMarkerName(fieldName: string): boolean {
  return fieldName.toLowerCase() === MARKER_NAME.toLowerCase();
}

/** Writes a marker's value: `Yes`, `No`, `Yes; id=K7…`. */
export function markerValue({ requirement, id }: Marker): string {
  const answer = requirement === 'required' ? 'Yes' : 'No';
  return id === undefined ? answer : `${answer}; id=${id}`;
}

/**
 * Reads a marker's value. Blanks around it do not matter; everything else must be exact, so
 * that a value somebody meant to be a marker is never taken for another one.
 *
 * @param value unfolded (RFC 5322 §2.2.3)
 * @returns undefined when it is not exactly a marker's value
 */
export function parseMarkerValue(value: string): Marker | undefined {
  const [, answer, id] = MARKER_VALUE.exec(withoutBlanks(value)) ?? [];
  if (answer === undefined) return undefined;
  return { requirement: answer.toLowerCase() === 'yes' ? 'required' : 'optional', id };
}

/** Names that ask to require TLS, by their letters: the marker, and Postfix's `Require-TLS-ESMTP`. */
const MARKER_LETTERS = 'xtlsrequired';
const ASKING_NAMES = [MARKER_LETTERS, 'requiretlsesmtp'];

/** Names that a person writes who means one of them, without their hyphens. */
const NEAR_MISSES = /^(?:x?tlsrequir|x?requir(?:e|es|ed)?tls|xstarttlsrequir)/;

/**
 * Says whether the start of a header line looks to a person like a field that asks something of
 * TLS: another case of hyphens, a blank before the colon, a byte-order mark, a word before the
 * name, a slip of the keyboard, letters of another alphabet. Such a line asks for something, so
 * it is refused and never passed over. So do the names that are exactly right: what is to be
 * understood is taken out before.
 *
 * @param start octets of a header line up to the first colon, or the whole line
 */
export function resemblesMarker(start: string): boolean {
  const letters = start.replace(/[^A-Za-z]/g, '').toLowerCase();
  if (NEAR_MISSES.test(letters)) return true;
  if (ASKING_NAMES.some((name) => letters.includes(name) || isWithinEdits(letters, name, 2))) {
    return true;
  }
  // A letter from another alphabet leaves a gap: `Х-TLS-Required` with a Cyrillic Kha has the
  // letters `tlsrequired`. Half of the marker's letters, in its order, beside octets that no
  // field name may have (RFC 5322 §2.2) is no accident.
  const isFieldName = /^[!-9;-~]+$/.test(start);
  return !isFieldName && letters.length >= MARKER_LETTERS.length / 2 && isPickedFrom(letters);
}

/** Whether leaving out, adding or changing so many letters makes one word of the other. */
export function isWithinEdits(word: string, other: string, edits: number): boolean {
  if (word === other) return true;
  if (Math.abs(word.length - other.length) > edits) return false;
  const [wordRest, otherRest] = [word.slice(1), other.slice(1)];
  if (word[0] === other[0]) return isWithinEdits(wordRest, otherRest, edits);
  return (
    edits > 0 &&
    (isWithinEdits(wordRest, other, edits - 1) ||
      isWithinEdits(word, otherRest, edits - 1) ||
      isWithinEdits(wordRest, otherRest, edits - 1))
  );
}

/** Whether `letters` is what remains of the marker's letters when some are left out. */
function isPickedFrom(letters: string): boolean {
  let found = 0;
  for (const letter of MARKER_LETTERS) {
    if (letter === letters[found]) found += 1;
  }
  return found === letters.length;
}
