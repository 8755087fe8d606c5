import { test } from 'vitest';
import { BEFORE_TLS, relayed, TLS_MODES } from './relayed-session.ts';
import { ENVELOPE, greeted, LEFT, message, proved, QUIT } from './scripts.ts';

const NEVER =
  "Nothing was sent, and no password. If the server's name and port are right, tell your provider.";

const LASTING = (reason: string) => `
  S: 554 5.7.10 Encryption needed: no verified TLS connection to localhost, because ${reason}. ${NEVER}
  C: EHLO [127.0.0.1]
  S: 503 5.5.1 The connection was refused in the greeting. Nothing was sent.
  C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
  S: 503 5.5.1 The connection was refused in the greeting. Nothing was sent.
  C: MAIL FROM:<ada@example.org>
  S: 503 5.5.1 The connection was refused in the greeting. Nothing was sent.
  ${LEFT}
`;

const PASSING = (reason: string) => `
  S: 421 4.7.10 Encryption needed: no verified TLS connection to localhost now, because ${reason}. Nothing was sent. Try again in some minutes.
  closed
`;

test.each(TLS_MODES)(
  'RFC 8689 §2: a certificate of an authority that is not trusted, %s: 554, then 503 until QUIT',
  async (tls) => {
    await relayed({
      tls,
      trust: [],
      server: `${tls === 'implicit' ? '' : BEFORE_TLS}
        TLS
        closed`,
      mailProgram: LASTING('its certificate comes from an authority that is not trusted here'),
    });
  },
);

test.each(TLS_MODES)('RFC 8689 §2: a certificate for another name, %s: 554', async (tls) => {
  await relayed({
    tls,
    certificateFor: 'other.example',
    server: `${tls === 'implicit' ? '' : BEFORE_TLS}
      TLS
      closed`,
    mailProgram: LASTING('its certificate is for another name'),
  });
});

test.each([
  [
    'TLS 1.1',
    { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
    'it speaks only versions of TLS that are no longer safe',
  ],
  [
    'a cipher without authenticated encryption',
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' },
    'it offers only ciphers that are no longer safe',
  ],
] as const)(
  'RFC 9325 §4.2: a server that speaks only %s is refused',
  async (_what, serverTls, why) => {
    await relayed({
      tls: 'implicit',
      serverTls,
      server: `
      TLS
      closed`,
      mailProgram: LASTING(why),
    });
  },
);

test.each([
  ['502 5.5.1 no', LASTING('it refused STARTTLS (502)')],
  ['554 5.7.3 not today', LASTING('it refused STARTTLS (554)')],
  ['454 4.7.0 TLS not available', PASSING('it refused STARTTLS for now (454)')],
])('RFC 3207 §4: STARTTLS answered %s: nothing goes in clear', async (answer, told) => {
  await relayed({
    tls: 'starttls',
    server: `
      S: 220 submission.example ESMTP
      C: EHLO [127.0.0.1]
      S: 250-submission.example
      S: 250-REQUIRETLS
      S: 250 AUTH PLAIN
      C: STARTTLS
      S: ${answer}
      closed
      close
      TLS`,
    mailProgram: told,
  });
});

test('RFC 3207 §6: REQUIRETLS offered before TLS and not inside is no offer', async () => {
  await relayed({
    tls: 'starttls',
    server: `
      S: 220 submission.example ESMTP
      C: EHLO [127.0.0.1]
      S: 250-submission.example
      S: 250-REQUIRETLS
      S: 250 STARTTLS
      C: STARTTLS
      S: 220 2.0.0 go ahead
      TLS
      ${proved('starttls', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: Yes')}
      S: 550 5.7.30 REQUIRETLS support required: localhost does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.
      ${LEFT}`,
  });
});

test('a server that says nothing is told in the greeting, within the limit', async () => {
  await relayed({
    tls: 'implicit',
    timeoutMs: 300,
    server: `
      TLS
      closed`,
    mailProgram: `
      S: 421 4.4.1 The submission server localhost cannot be reached: no answer within 0.3 seconds. Nothing was sent. Check your network connection and the server's name, then try again.
      closed`,
  });
});

test('a server that refuses connections in its greeting is quoted, inside TLS only', async () => {
  await relayed({
    tls: 'implicit',
    server: `
      TLS
      S: 554 5.7.1 your address is on a list
      closed`,
    mailProgram: `
      S: 554 5.3.2 localhost does not take connections: your address is on a list. Nothing was sent.
      ${LEFT}`,
  });
});

test('a server that breaks off before TLS is told as a passing fault', async () => {
  await relayed({
    tls: 'starttls',
    server: `
      S: 220 submission.example ESMTP
      C: EHLO [127.0.0.1]
      close
      TLS`,
    mailProgram: PASSING('it closed the connection'),
  });
});

test('RFC 4954 §4: only mechanisms that cannot be passed on are named in the greeting', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'AUTH SCRAM-SHA-256 GSSAPI')} ${QUIT}`,
    mailProgram: `
      S: 554 5.7.4 localhost offers only ways to log in that this proxy cannot pass on: SCRAM-SHA-256, GSSAPI. Nothing was sent. Ask your provider for a password or an app password.
      ${LEFT}`,
  });
});

test('RFC 5321 §4.1.1.1: our extensions are those the server listed, and never STARTTLS', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved(
      'implicit',
      'SIZE 1000000',
      '8BITMIME',
      'CHUNKING',
      'BINARYMIME',
      'LIMITS RCPTMAX=10',
      'DELIVERBY',
      'ENHANCEDSTATUSCODES',
      'SMTPUTF8',
      'DSN',
      'AUTH PLAIN LOGIN SCRAM-SHA-1 XOAUTH2',
      'REQUIRETLS',
    )} ${QUIT}`,
    mailProgram: `
      ${greeted('SIZE 1000000', '8BITMIME', 'SMTPUTF8', 'DSN', 'AUTH PLAIN LOGIN XOAUTH2')}
      ${LEFT}`,
  });
});

test('RFC 3207 §6: text that came before TLS is not shown to the person', async () => {
  await relayed({
    tls: 'starttls',
    server: `
      S: Your account is locked, call 0900
      closed
      close
      TLS`,
    mailProgram: PASSING('it sent a line that is no SMTP reply'),
  });
});

const noEhlo = (why: string) => `
  S: 421 4.4.1 The submission server localhost cannot be reached: ${why}. Nothing was sent. Check your network connection and the server's name, then try again.
  closed
`;

test.each([
  ['a greeting', 'S: 220-again\nS: 220 REQUIRETLS', 'it answered EHLO with 220'],
  ['two codes', 'S: 250-up\nS: 251 REQUIRETLS', 'it sent two reply codes in one reply'],
])(
  'RFC 5321 §4.1.1.1: %s in place of the reply to EHLO proves nothing',
  async (_what, reply, why) => {
    await relayed({
      tls: 'implicit',
      server: `
      TLS
      S: 220 submission.example ESMTP
      C: EHLO [127.0.0.1]
      ${reply}
      closed`,
      mailProgram: noEhlo(why),
    });
  },
);

test('RFC 8689 §2: there is no HELO after a refused EHLO, for it can offer nothing', async () => {
  await relayed({
    tls: 'implicit',
    server: `
      TLS
      S: 220 submission.example ESMTP
      C: EHLO [127.0.0.1]
      S: 502 5.5.1 what is that
      closed`,
    mailProgram: `
      S: 554 5.3.2 localhost does not take connections: what is that. Nothing was sent.
      ${LEFT}`,
  });
});

test.each(TLS_MODES)('a mail program that goes away takes the attempt with it, %s', async (tls) => {
  await relayed({
    tls,
    timeoutMs: 20_000,
    server: tls === 'implicit' ? 'TLS\nclosed' : 'closed\nclose\nTLS',
    mailProgram: `
      pause
      close`,
  });
});

test('RFC 3207 §6: a goodbye that came before TLS is not quoted either', async () => {
  await relayed({
    tls: 'starttls',
    server: `
      S: 220 submission.example ESMTP\\r\\n421 4.7.0 call 555-0100 and say your password
      closed
      close
      TLS`,
    mailProgram: PASSING('it answered unasked'),
  });
});
