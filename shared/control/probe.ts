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
 * it from another server.
 */
export function probeBody(nonce: string): string {
  return [
    'This is a probe of the Thunderbird extension Require TLS.',
    '',
    'It asked which outgoing server your mail goes through. That you can read',
    'this means: not through the Require TLS proxy on your computer. So your',
    'message was not sent. You may delete this one.',
    '',
    `Probe ${nonce}`,
    '',
  ].join('\r\n');
}
