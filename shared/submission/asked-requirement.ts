import type { MailCommand } from './envelope.ts';
import {
  headerLines,
  replaceField,
  withoutBlanks,
  type HeaderField,
  type HeaderLines,
  type HeaderSection,
} from './header-section.ts';
import {
  isMarkerName,
  parseMarkerValue,
  resemblesMarker,
  MARKER_NAME,
  type Marker,
} from './marker.ts';
import {
  contradictingFields,
  markerUnclear,
  tlsRequiredFieldInvalid,
  tlsRequiredFieldTwice,
} from './refusals.ts';
import type { Addition } from './policy.ts';
import type { SmtpReply } from './reply.ts';
import type { TlsRequirement } from './requirement.ts';

/** RFC 8689 §3: the whole field, as other servers read it to the octet. */
export const TLS_REQUIRED_NO = 'TLS-Required: No\r\n';

/** What a sender can ask with: a header field, or the parameter of MAIL. */
export type AskedBy = 'X-TLS-Required' | 'Require-TLS-ESMTP' | 'TLS-Required' | 'REQUIRETLS';

export type AskedRequirement =
  | {
      readonly kind: 'asked';
      readonly requirement: TlsRequirement;
      /** Undefined for `default`. */
      readonly by: AskedBy | undefined;
      readonly markerId: string | undefined;
      /**
       * The header section to send: without the marker, with `TLS-Required: No` once where that
       * is added, each other octet as it came.
       */
      readonly sectionWith: (adding: Addition) => HeaderSection;
    }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply };

/**
 * Reads from a header section what its sender asks of TLS, and takes the asking off.
 *
 * The marker, `Require-TLS-ESMTP: yes` (Postfix's spelling) and a person's own
 * `TLS-Required: No` (RFC 8689 §3) are understood. What contradicts itself, stands twice or
 * only resembles one of them is refused: it asks for something, so it is never `default`.
 * With the parameter REQUIRETLS a `TLS-Required: No` counts for nothing and goes on with the
 * message (RFC 8689 §4.1).
 *
 * Departures: RFC 8689 §4.3 read to the letter puts `TLS-Required: No` into every message that
 * does not require TLS; here only a person does.
 */
export function askedRequirement(
  section: HeaderSection,
  mail: Pick<MailCommand, 'asksRequireTls'>,
): AskedRequirement {
  const lines = headerLines(section);
  const fields = fieldsThatAsk(lines);

  const marker = markerOf(fields.markers);
  if (marker === 'unclear' || resemblance(lines, fields))
    return { kind: 'refuse', reply: markerUnclear() };
  if (fields.tlsRequired.length > 1) return { kind: 'refuse', reply: tlsRequiredFieldTwice() };
  if (!fields.tlsRequired.every(saysNo))
    return { kind: 'refuse', reply: tlsRequiredFieldInvalid() };
  if (!fields.postfix.every(saysYes)) return { kind: 'refuse', reply: markerUnclear() };

  // A line that is no header field ends the section for some servers: they would not see
  // what stands behind it, so nothing may be asked for in such a section.
  const asks = [...fields.markers, ...fields.postfix, ...fields.tlsRequired].length > 0;
  if (asks && lines.strays.length > 0) return { kind: 'refuse', reply: markerUnclear() };

  const markedNo = marker?.requirement === 'optional';
  const saidNo = markedNo || fields.tlsRequired.length > 0;
  const fieldsRequire = marker?.requirement === 'required' || fields.postfix.length > 0;
  if (fieldsRequire ? saidNo : mail.asksRequireTls && markedNo) {
    return { kind: 'refuse', reply: contradictingFields() };
  }
  const required = fieldsRequire || mail.asksRequireTls;

  return {
    kind: 'asked',
    requirement: required ? 'required' : saidNo ? 'optional' : 'default',
    by: askedBy(marker, fields, mail.asksRequireTls),
    markerId: marker?.id,
    sectionWith: (adding) =>
      withoutAsking(section, fields, markedNo && adding === 'TLS-Required: No'),
  };
}

type FieldsThatAsk = {
  readonly markers: readonly HeaderField[];
  readonly postfix: readonly HeaderField[];
  readonly tlsRequired: readonly HeaderField[];
};

function fieldsThatAsk({ fields }: HeaderLines): FieldsThatAsk {
  const named = (name: string) => fields.filter((field) => field.name.toLowerCase() === name);
  return {
    markers: fields.filter((field) => isMarkerName(field.name)),
    postfix: named('require-tls-esmtp'),
    tlsRequired: named('tls-required'),
  };
}

function markerOf(markers: readonly HeaderField[]): Marker | undefined | 'unclear' {
  const [marker, second] = markers;
  if (marker === undefined) return undefined;
  if (second !== undefined) return 'unclear';
  return parseMarkerValue(marker.value) ?? 'unclear';
}

/** Whether any line of the section looks like the marker to a person without being it. */
function resemblance({ fields, strays, continuations }: HeaderLines, asking: FieldsThatAsk) {
  const understood = [...asking.markers, ...asking.postfix, ...asking.tlsRequired];
  const others = fields.filter((field) => !understood.includes(field)).map(({ name }) => name);
  if ([...others, ...strays.map(beforeColon), ...strays].some(resemblesMarker)) return true;

  // A folded line: a mail program that puts a blank before a field meant the field.
  return continuations
    .filter((line) => line.includes(':'))
    .some((line) => isMarkerName(beforeColon(line).trim()));
}

function beforeColon(line: string): string {
  return line.split(':', 1)[0] ?? '';
}

function askedBy(
  marker: Marker | undefined,
  fields: FieldsThatAsk,
  byParameter: boolean,
): AskedBy | undefined {
  if (marker !== undefined) return MARKER_NAME;
  if (byParameter) return 'REQUIRETLS';
  if (fields.postfix.length > 0) return 'Require-TLS-ESMTP';
  return fields.tlsRequired.length > 0 ? 'TLS-Required' : undefined;
}

/**
 * `TLS-Required: No` takes the marker's place, so that every other octet keeps its own. Where it
 * stands already it is written anew: with a blank behind the value some servers pass over it.
 */
function withoutAsking(
  section: HeaderSection,
  { markers, postfix, tlsRequired }: FieldsThatAsk,
  writeNo: boolean,
): HeaderSection {
  const placeOfNo = writeNo ? (tlsRequired[0] ?? markers[0]) : undefined;
  // From the last to the first, so that the places of the earlier ones stay right.
  return [...markers, ...postfix, ...(writeNo ? tlsRequired : [])]
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, field) => {
      return replaceField(text, field, field === placeOfNo ? TLS_REQUIRED_NO : '');
    }, section);
}

function saysNo({ value }: HeaderField): boolean {
  return withoutBlanks(value).toLowerCase() === 'no';
}

function saysYes({ value }: HeaderField): boolean {
  return withoutBlanks(value).toLowerCase() === 'yes';
}
