import { createHmac, randomBytes } from 'node:crypto';

/** What an authority that lets people sign in on the web shares with its mail server. */
export type TokenKey = {
  /** For the mail server. */
  readonly base64: string;
  /**
   * A token such as a mail program is given after its owner has signed in (RFC 7519).
   *
   * @param expiresInSeconds from now; one that has expired is refused
   */
  token(user: string, expiresInSeconds: number): string;
};

export function tokenKey(): TokenKey {
  const key = randomBytes(32);
  return {
    base64: key.toString('base64'),
    token(user, expiresInSeconds) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { sub: user, iat: now - 3600, exp: now + expiresInSeconds };
      const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map(encoded).join('.');
      return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
    },
  };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
