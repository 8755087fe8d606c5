import { createHmac, timingSafeEqual } from 'node:crypto';

/** What somebody proves who has the key: HMAC-SHA-256 (RFC 2104) over the text, base64url. */
export function proofOf(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64url');
}

/** Compares in a time that says nothing about where a guess goes wrong. */
export function isProofOf(key: Uint8Array, text: string, proof: string): boolean {
  const right = Buffer.from(proofOf(key, text));
  const given = Buffer.from(proof);
  return given.length === right.length && timingSafeEqual(given, right);
}
