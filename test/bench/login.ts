/** With whom the mail programs of the measurements log in. */
export const LOGIN = { user: 'alice', pass: 'secret' } as const;

/** For AUTH PLAIN (RFC 4616 §2). */
export function initialResponse(): string {
  return Buffer.from(`\0${LOGIN.user}\0${LOGIN.pass}`).toString('base64');
}
