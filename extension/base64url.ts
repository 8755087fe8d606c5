/** Octets as letters of base64url, without padding (RFC 4648 §5). */
export function toBase64url(octets: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...octets));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The octets that letters of base64url stand for; undefined when they stand for none. */
export function fromBase64url(letters: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(letters) || letters.length % 4 === 1) return undefined;
  const binary = atob(letters.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** 16 random octets as 22 letters: nobody can guess another's. */
export function freshId(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(16)));
}
