import { test } from 'vitest';
import { relayed } from './relayed-session.ts';
import {
  ENVELOPE,
  ENVELOPE_TAKEN,
  greeted,
  LEFT,
  message,
  proved,
  QUIT,
  TAKEN,
} from './scripts.ts';

const OFFER = 'AUTH PLAIN LOGIN XOAUTH2';
const SERVER = proved('implicit', 'PIPELINING', OFFER);
const MAIL_PROGRAM = greeted(OFFER);

/** RFC 4616: NUL alice NUL secret. */
const PLAIN = 'AGFsaWNlAHNlY3JldA==';
const ALICE = 'YWxpY2U=';
const SECRET = 'c2VjcmV0';
/** `user=alice`, `auth=Bearer token`, each ended by 0x01, and one more. */
const XOAUTH2 = 'dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB';

/** Plays both sides from the first command after EHLO. */
async function loggingIn(after: { server: string; mailProgram: string }): Promise<void> {
  await relayed({
    tls: 'implicit',
    server: `${SERVER} ${after.server}`,
    mailProgram: `${MAIL_PROGRAM} ${after.mailProgram}`,
  });
}

test('RFC 4616: PLAIN is passed on, and the answer comes back as it is', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 Authentication successful, welcome
      ${QUIT}`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 Authentication successful, welcome
      ${LEFT}`,
  });
});

test('RFC 4616: PLAIN without initial response is asked for', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      ${QUIT}`,
    mailProgram: `
      C: AUTH PLAIN
      S: 334 
      C: ${PLAIN}
      S: 235 2.7.0 ok
      ${LEFT}`,
  });
});

test('LOGIN is passed on', async () => {
  await loggingIn({
    server: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      C: ${ALICE}
      S: 334 UGFzc3dvcmQ6
      C: ${SECRET}
      S: 235 2.7.0 ok
      ${QUIT}`,
    mailProgram: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      C: ${ALICE}
      S: 334 UGFzc3dvcmQ6
      C: ${SECRET}
      S: 235 2.7.0 ok
      ${LEFT}`,
  });
});

test('XOAUTH2 is passed on', async () => {
  await loggingIn({
    server: `
      C: AUTH XOAUTH2 ${XOAUTH2}
      S: 235 2.7.0 ok
      ${QUIT}`,
    mailProgram: `
      C: AUTH XOAUTH2 ${XOAUTH2}
      S: 235 2.7.0 ok
      ${LEFT}`,
  });
});

test('a refused XOAUTH2 token is not tried again, and the next command is a command', async () => {
  await loggingIn({
    server: `
      C: AUTH XOAUTH2 ${XOAUTH2}
      S: 334 eyJzdGF0dXMiOiI0MDAifQ==
      C: 
      S: 535 5.7.8 token expired
      ${QUIT}`,
    mailProgram: `
      C: AUTH XOAUTH2 ${XOAUTH2}
      S: 535 5.7.8 token expired
      C: NOOP
      S: 250 OK
      ${LEFT}`,
  });
});

test('a refused password comes back with the code of the server, and another can be tried', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 535-5.7.8 wrong password
      S: 535 5.7.8 see https://provider.example/help
      C: AUTH PLAIN ${PLAIN}
      S: 454 4.7.0 try later
      ${QUIT}`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 535-5.7.8 wrong password
      S: 535 5.7.8 see https://provider.example/help
      C: AUTH PLAIN ${PLAIN}
      S: 454 4.7.0 try later
      ${LEFT}`,
  });
});

test('RFC 4954 §4: a mechanism that was not offered is refused here', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'AUTH PLAIN')} ${QUIT}`,
    mailProgram: `${greeted('AUTH PLAIN')}
      C: AUTH LOGIN
      S: 504 5.5.4 localhost does not offer this way to log in.
      ${LEFT}`,
  });
});

test('a session lost before anybody logged in is proved anew, without a word', async () => {
  const again = `
    C: AUTH PLAIN ${PLAIN}
    S: 235 2.7.0 ok
  `;
  await relayed({
    tls: 'implicit',
    server: [
      `${SERVER}
        S: 421 4.4.2 idle too long
        close`,
      `${SERVER} ${again}
        C: MAIL FROM:<ada@example.org>
        ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    ],
    mailProgram: `${MAIL_PROGRAM}
      pause
      ${again}
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test('a session lost after the login, before a message, is told at MAIL with 421', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      close`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      pause
      C: MAIL FROM:<ada@example.org>
      S: 421 4.4.2 The connection to localhost was lost. Nothing was sent. Try again.
      closed`,
  });
});

test('a session lost between two messages is told with 421 while the mail program is idle', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      C: MAIL FROM:<ada@example.org>
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
      close`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      ${ENVELOPE} ${message()} ${TAKEN}
      S: 421 4.4.2 The connection to localhost was lost. Nothing was sent. Try again.
      closed`,
  });
});

test('a message is not sent over a new session that nobody logged in to', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      pause
      close`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 235 2.7.0 ok
      ${ENVELOPE}
      pause
      pause
      ${message()}
      S: 451 4.4.0 The connection to localhost failed (the connection was lost), and the message was not sent. Try again.
      C: MAIL FROM:<ada@example.org>
      S: 421 4.4.2 The connection to localhost was lost. Nothing was sent. Try again.
      closed`,
  });
});

const UNANSWERED =
  'S: 454 4.7.0 localhost did not say whether the login is right, so nobody is logged in and nothing was sent. The password need not be wrong. Try again.';

test('RFC 4954 §6: a session lost during the login is no login, and the next try is a new one', async () => {
  const again = `
    C: AUTH PLAIN ${PLAIN}
    S: 235 2.7.0 ok
  `;
  await relayed({
    tls: 'implicit',
    server: [
      `${SERVER}
        C: AUTH PLAIN ${PLAIN}
        close`,
      `${SERVER} ${again} ${QUIT}`,
    ],
    mailProgram: `${MAIL_PROGRAM}
      C: AUTH PLAIN ${PLAIN}
      ${UNANSWERED}
      ${again} ${LEFT}`,
  });
});

test('RFC 4954 §6: a login that is not answered within the limit is no login', async () => {
  await relayed({
    tls: 'implicit',
    timeoutMs: 300,
    server: `${SERVER}
      C: AUTH PLAIN ${PLAIN}
      closed`,
    mailProgram: `${MAIL_PROGRAM}
      C: AUTH PLAIN ${PLAIN}
      ${UNANSWERED}
      ${LEFT}`,
  });
});

test('RFC 4954 §6: a 2yz that is no well-formed reply is no login', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 2350 ok
      closed`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      ${UNANSWERED}
      ${LEFT}`,
  });
});

test('a 421 to the login keeps its text, as a 454: a 421 there locks Thunderbird', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 421 4.7.0 too many logins, wait
      close`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      S: 454 4.7.0 too many logins, wait
      ${LEFT}`,
  });
});

test('RFC 4954 §4: a 354 to the login is no answer, and the session is left', async () => {
  await loggingIn({
    server: `
      C: AUTH PLAIN ${PLAIN}
      S: 354 go on
      closed`,
    mailProgram: `
      C: AUTH PLAIN ${PLAIN}
      ${UNANSWERED}
      ${LEFT}`,
  });
});

test.each([
  ['a password that is not UTF-8', Buffer.from('\0alice\0p\u00e4ss', 'latin1')],
  ['a login on behalf of somebody else', Buffer.from('boss\0alice\0secret')],
])('RFC 4616 §2: %s is refused, not changed', async (_what, login) => {
  await loggingIn({
    server: QUIT,
    mailProgram: `
      C: AUTH PLAIN ${login.toString('base64')}
      S: 535 5.7.8 The user name or password has letters that are not UTF-8, or asks to act for another user. The proxy cannot pass that on, and the submission server was not asked.
      ${LEFT}`,
  });
});

test('RFC 4954 §4: a login during a mail transaction is out of sequence', async () => {
  await loggingIn({
    server: QUIT,
    mailProgram: `
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      C: AUTH PLAIN ${PLAIN}
      S: 503 5.5.1 Bad sequence of commands: send RSET first.
      ${LEFT}`,
  });
});
