/**
 * The code that a person carries from the proxy to the extension, once.
 *
 * 60 bits, and the key is derived slowly: whoever takes part in a pairing as a fraud learns a
 * proof that he can try codes against, and must not find the right one in the years to come. The
 * three tries and five minutes are against guessing at the proxy itself.
 */

/** Crockford's base 32: no I, L, O, U, which are misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;

export const PAIRING_TRIES = 3;
export const PAIRING_MS = 5 * 60_000;

/** @param octets at least 12 random ones */
export function pairingCode(octets: Uint8Array): string {
  const letters = Array.from(octets.subarray(0, LENGTH), (octet) => ALPHABET[octet % 32]);
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-');
}

/**
 * A code as it was typed, in the form that keys are derived from: without blanks and hyphens, and
 * with letters taken for what they were read from.
 *
 * @returns undefined when it cannot be a code, so that no try is spent on it
 */
export function typedPairingCode(typed: string): string | undefined {
  const code = typed
    .toUpperCase()
    .replaceAll(/[\s\-\u2010-\u2015]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return new RegExp(`^[${ALPHABET}]{${LENGTH}}$`).test(code) ? code : undefined;
}

/**
 * PBKDF2 with SHA-256 turns a code into a pairing's key (RFC 8018 §5.2): password, salt and
 * iterations. A nonce of each side goes into the salt, so that a key is never made twice.
 */
export const KEY_ITERATIONS = 600_000;
export const KEY_OCTETS = 32;

export function keySalt(pairing: string, extensionNonce: string, proxyNonce: string): string {
  return `requiretls 1 pairing\n${pairing}\n${extensionNonce}\n${proxyNonce}`;
}

/** What each side proves with the new key, by HMAC-SHA-256, before the other believes it. */
export const PAIRING_PROOF_TEXTS = {
  extension: 'requiretls 1 paired: extension',
  proxy: 'requiretls 1 paired: proxy',
} as const;
