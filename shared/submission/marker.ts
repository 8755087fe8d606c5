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
  const [, answer, id] = MARKER_VALUE.exec(value.replace(/^[ \t]+|[ \t]+$/g, '')) ?? [];
  if (answer === undefined) return undefined;
  return { requirement: answer.toLowerCase() === 'yes' ? 'required' : 'optional', id };
}

const MARKER_LETTERS = 'xtlsrequired';

/** Names that a person writes who means the marker, without their hyphens. */
const NEAR_MISSES = /^(?:x?tlsrequir|xrequir(?:e|es|ed)?tls|xstarttlsrequir)/;

/** The real field of RFC 8689 §3 and Postfix's spelling of REQUIRETLS; both have rules of their own. */
const OTHER_FIELDS = /^(?:tls-required|require-tls-esmtp)$/i;

/**
 * Says whether the start of a header line looks like the marker to a person without being it:
 * another case of hyphens, a blank before the colon, a byte-order mark, letters of another
 * alphabet. Such a line asks for something, so it is refused and never passed over.
 *
 * @param start octets of a header line up to the first colon, or the whole line without one
 */
export function resemblesMarker(start: string): boolean {
  if (isMarkerName(start) || OTHER_FIELDS.test(start)) return false;
  const letters = start.replace(/[^A-Za-z]/g, '').toLowerCase();
  if (NEAR_MISSES.test(letters)) return true;

  // A letter from another alphabet leaves a gap: `Х-TLS-Required` with a Cyrillic Kha has the
  // letters `tlsrequired`. Half of the marker's letters, in its order, beside octets that no
  // field name may have (RFC 5322 §2.2) is no accident.
  const isFieldName = /^[!-9;-~]+$/.test(start);
  return !isFieldName && letters.length >= MARKER_LETTERS.length / 2 && isPickedFrom(letters);
}

/** Whether `letters` is what remains of the marker's letters when some are left out. */
function isPickedFrom(letters: string): boolean {
  let found = 0;
  for (const letter of MARKER_LETTERS) {
    if (letter === letters[found]) found += 1;
  }
  return found === letters.length;
}
