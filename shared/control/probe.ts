import { withoutBlanks, type HeaderLines } from '../submission/header-section.ts';
import { isWithinEdits } from '../submission/marker.ts';

/**
 * The probe: a message that the mail program sends to the person's own address, silently, just
 * before a marked one. Where it comes out is where the marked one would: the proxy swallows it.
 */

/** Thunderbird lets extensions write fields that begin with `X-` only, and changes their case. */
export const PROBE_NAME = 'X-TLS-Route-Probe';

export const PROBE_SUBJECT = 'Require TLS: is this the right way?';

/** So long a probe may be on its way. */
export const PROBE_MS = 30_000;

/**
 * Its whole text, the same in all languages: the proxy compares it octet by octet. Who reads it got
 * it from another server. Its lines are shorter than those that Thunderbird breaks by default.
 */
export function probeBody(nonce: string): string {
  return [
    'This is a probe of the Thunderbird extension Require TLS.',
    '',
    'It asked which outgoing server your mail goes through.',
    'That you can read this means: not through the Require TLS',
    'proxy on your computer. So your message was not sent.',
    'You may delete this one.',
    '',
    `Probe ${nonce}`,
    '',
  ].join('\r\n');
}

/** What a header section says that claims to be a probe's. */
export type ClaimedProbe =
  { readonly kind: 'claimed'; readonly nonce: string } | { readonly kind: 'unclear' };

const NONCE = /^[A-Za-z0-9_-]{16,128}$/;

/**
 * Finds a probe's field. What only resembles it is unclear, and never swallowed: a letter would be
 * lost.
 *
 * @returns undefined for a message that is no probe
 */
export function claimedProbe({
  fields,
  strays,
  continuations,
}: HeaderLines): ClaimedProbe | undefined {
  const isPart = (line: string) => line.includes(':') && resemblesProbe(line);
  const resembling = fields.filter(({ name }) => resemblesProbe(name));
  const isElsewhere = strays.some(resemblesProbe) || continuations.some(isPart);
  if (resembling.length === 0 && !isElsewhere) return undefined;

  const [probe, second] = resembling;
  const nonce = withoutBlanks(probe?.value ?? '');
  const isExact = probe !== undefined && isProbeName(probe.name) && NONCE.test(nonce);
  if (!isExact || second !== undefined || isElsewhere || strays.length > 0) {
    return { kind: 'unclear' };
  }
  return { kind: 'claimed', nonce };
}

const PROBE_LETTERS = 'xtlsrouteprobe';

/**
 * A third of the letters, with anything between them: two slips leave one of three whole. Asked
 * first, since nearly every field of every message has none.
 */
const ANY_THIRD =
  /x[^a-z]*t[^a-z]*l[^a-z]*s|r[^a-z]*o[^a-z]*u[^a-z]*t[^a-z]*e|p[^a-z]*r[^a-z]*o[^a-z]*b[^a-z]*e/i;

/** Thunderbird writes `X-Tls-Route-Probe` (153; look again 2027-06). */
function isProbeName(fieldName: string): boolean {
  return fieldName.toLowerCase() === PROBE_NAME.toLowerCase();
}

/** @param start a field's name, or a whole line that is no field */
function resemblesProbe(start: string): boolean {
  const colon = start.indexOf(':');
  const name = colon === -1 ? start : start.slice(0, colon);
  if (!ANY_THIRD.test(name)) return false;
  const letters = name.replace(/[^A-Za-z]/g, '').toLowerCase();
  return letters.includes('tlsrouteprobe') || isWithinEdits(letters, PROBE_LETTERS, 2);
}
