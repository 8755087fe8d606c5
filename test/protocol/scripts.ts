import type { TlsMode } from './relayed-session.ts';

/** Parts that many scripts share. Each begins and ends without a line break of meaning. */

/** The server's part until the first command of a message: greeting and EHLO inside TLS. */
export function proved(tls: TlsMode, ...keywords: readonly string[]): string {
  const lines = ['submission.example', ...keywords];
  const reply = lines.map((line, at) => `S: 250${at === lines.length - 1 ? ' ' : '-'}${line}`);
  const greeting = tls === 'implicit' ? ['S: 220 submission.example ESMTP'] : [];
  return [...greeting, 'C: EHLO [127.0.0.1]', ...reply, ''].join('\n');
}

/** The server's part up to MAIL, with PIPELINING and TLS from the start. */
export const SERVER_TO_MAIL = `${proved('implicit', 'PIPELINING')}
  C: MAIL FROM:<ada@example.org>
`;

/** The mail program's part until MAIL, when the server offers `extensions`. */
export function greeted(...extensions: readonly string[]): string {
  const lines = ['localhost', 'PIPELINING', ...extensions];
  const reply = lines.map((line, at) => `S: 250${at === lines.length - 1 ? ' ' : '-'}${line}`);
  return ['S: 220 localhost ESMTP Require TLS', 'C: EHLO [127.0.0.1]', ...reply, ''].join('\n');
}

/** The mail program's part from MAIL to 354. */
export const ENVELOPE = `
  C: MAIL FROM:<ada@example.org>
  S: 250 2.1.0 Ok
  C: RCPT TO:<grace@example.net>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`;

/** The server's part after MAIL to 354. */
export const ENVELOPE_TAKEN = `
  C: RCPT TO:<grace@example.net>
  C: DATA
  S: 250 2.1.0 Ok
  S: 250 2.1.5 Ok
  S: 354 go ahead
`;

/** A message with its final dot, on both sides. */
export function message(...fields: readonly string[]): string {
  return `${[...fields, 'Subject: hi', '', 'hello', '.'].map((line) => `C: ${line}`).join('\n')}\n`;
}

export const TAKEN = 'S: 250 2.0.0 Ok: queued as 4711\n';

/** The mail program's last words. */
export const LEFT = 'C: QUIT\nS: 221 Bye\nclosed\n';

/** The server's last words. */
export const QUIT = 'C: QUIT\nclose\n';
