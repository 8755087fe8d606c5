import * as v from 'valibot';

/** Random octets, or those of a proof, as letters of base64url. */
export const RANDOM_LETTERS = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{16,128}$/));

// A code that the person types becomes a key (pairing-code.ts):

export const PAIRING_HELLO = v.strictObject({
  step: v.literal('hello'),
  nonce: RANDOM_LETTERS,
  /** What the person will know the profile by. */
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
});
export const PAIRING_WELCOME = v.strictObject({ pairing: RANDOM_LETTERS, nonce: RANDOM_LETTERS });
export const PAIRING_PROOF = v.strictObject({
  step: v.literal('proof'),
  pairing: RANDOM_LETTERS,
  proof: RANDOM_LETTERS,
});
export const PAIRING_PROVED = v.strictObject({ proof: RANDOM_LETTERS });

// The token of a link becomes the key of a page in a browser:

export const PAGE_HELLO = v.strictObject({ token: RANDOM_LETTERS });
/**
 * The session stands where a pairing's name does, and the key is base64url of 32 octets. `again` is
 * good once, as a link's token is, when the page is loaded anew.
 */
export const PAGE_WELCOME = v.strictObject({
  session: RANDOM_LETTERS,
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  again: RANDOM_LETTERS,
});
