import type { SMTPConnectionAuth } from 'nodemailer/lib/smtp-connection';
import XOAuth2, { type XOAuth2TokenCallback } from 'nodemailer/lib/xoauth2';
import type { SMTPServerAuthentication } from 'smtp-server';

/** What a mail program logged in with; passed on and forgotten. */
export type Credentials =
  | { readonly mechanism: 'PLAIN' | 'LOGIN'; readonly user: string; readonly password: string }
  | { readonly mechanism: 'XOAUTH2'; readonly user: string; readonly accessToken: string };

/**
 * From what smtp-server read out of AUTH.
 *
 * @returns undefined for what the two libraries would change on the way: octets that are no
 * UTF-8, and a login on behalf of somebody else (RFC 4616 §2)
 */
export function credentialsOf(auth: SMTPServerAuthentication): Credentials | undefined {
  const { method, username, password, accessToken, authzid } = auth;
  const user = username ?? '';
  const isChanged = [user, password].some((text) => text?.includes('\ufffd'));
  if (isChanged || (authzid !== undefined && authzid !== '' && authzid !== user)) return undefined;

  if (method === 'XOAUTH2') return { mechanism: method, user, accessToken: accessToken ?? '' };
  return { mechanism: method === 'LOGIN' ? method : 'PLAIN', user, password: password ?? '' };
}

/** As nodemailer wants them. */
export function libraryLogin(credentials: Credentials): SMTPConnectionAuth {
  const { mechanism: method, user } = credentials;
  return credentials.mechanism === 'XOAUTH2'
    ? { method, user, oauth2: new PassedToken({ user, accessToken: credentials.accessToken }) }
    : { method, user, pass: credentials.password };
}

/** A token of the mail program's: it alone can fetch another, so a refused one is not tried again. */
class PassedToken extends XOAuth2 {
  override getToken(renew: boolean, callback: XOAuth2TokenCallback): void {
    if (renew) callback(new Error('the token was refused'), '');
    else super.getToken(false, callback);
  }
}
