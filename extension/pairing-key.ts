import { KEY_ITERATIONS, KEY_OCTETS } from '../shared/control/pairing-code.ts';
import { fromBase64url, toBase64url } from './base64url.ts';

const text = new TextEncoder();

/** A pairing's key, as WebCrypto proves with it. */
export async function importedKey(octets: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return await crypto.subtle.importKey('raw', octets, algorithm, false, ['sign', 'verify']);
}

/** HMAC-SHA-256 (RFC 2104) over what is proved, in base64url. */
export async function proofOf(key: CryptoKey, proved: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, text.encode(proved))));
}

/** Says whether somebody who has the key said this. The comparison takes the same time always. */
export async function isProved(key: CryptoKey, proof: string, proved: string): Promise<boolean> {
  const octets = fromBase64url(proof);
  if (octets === undefined) return false;
  return await crypto.subtle.verify('HMAC', key, octets, text.encode(proved));
}

/**
 * The key that a code stands for (PBKDF2, RFC 8018 §5.2). It takes a second, so that nobody tries
 * all codes.
 *
 * @param code as `typedPairingCode` gives it
 */
export async function derivedKey(code: string, salt: string): Promise<Uint8Array<ArrayBuffer>> {
  const password = await crypto.subtle.importKey('raw', text.encode(code), 'PBKDF2', false, [
    'deriveBits',
  ]);
  const algorithm = {
    name: 'PBKDF2',
    hash: 'SHA-256',
    salt: text.encode(salt),
    iterations: KEY_ITERATIONS,
  };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, password, KEY_OCTETS * 8));
}
