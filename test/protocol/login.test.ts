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

const OFFER = 'AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER';
const SERVER = proved('implicit', 'PIPELINING', OFFER);
const MAIL_PROGRAM = greeted(OFFER);

/** RFC 4616: NUL alice NUL secret. */
const PLAIN = 'AGFsaWNlAHNlY3JldA==';
const LOGGED_IN = `
  C: AUTH PLAIN ${PLAIN}
  S: 235 2.7.0 ok
`;
const ALICE = 'YWxpY2U=';
const SECRET = 'c2VjcmV0';
/** `user=alice`, `auth=Bearer token`, each ended by 0x01, and one more. */
const XOAUTH2 = 'dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbgEB';

const UNANSWERED =
  'S: 454 4.7.0 localhost did not say whether the login is right, so nobody is logged in and nothing was sent. The password need not be wrong. Try again.';

/** Plays both sides from the first command after EHLO. */
async function loggingIn(after: { server: string; mailProgram: string }): Promise<void> {
  await relayed({
    tls: 'implicit',
    server: `${SERVER} ${after.server}`,
    mailProgram: `${MAIL_PROGRAM} ${after.mailProgram}`,
  });
}

/** RFC 7628 §3.1. */
const OAUTHBEARER = Buffer.from('n,a=alice,\x01auth=Bearer token\x01\x01').toString('base64');

/** Lines that are to pass as they are, from the mail program to the server and back. */
const LOGINS = {
  'RFC 4616: PLAIN': `
    C: AUTH PLAIN ${PLAIN}
    S: 235 2.7.0 Authentication successful, welcome`,
  'RFC 4616: PLAIN without initial response': `
    C: AUTH PLAIN
    S: 334 
    C: ${PLAIN}
    S: 235 2.7.0 ok`,
  'RFC 4616 §2: PLAIN on behalf of somebody else': `
    C: AUTH PLAIN ${Buffer.from('boss\0alice\0secret').toString('base64')}
    S: 235 2.7.0 ok`,
  'PLAIN with a password that is not UTF-8': `
    C: AUTH PLAIN ${Buffer.from('\0alice\0p\u00e4ss', 'latin1').toString('base64')}
    S: 235 2.7.0 ok`,
  LOGIN: `
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: ${ALICE}
    S: 334 UGFzc3dvcmQ6
    C: ${SECRET}
    S: 235 2.7.0 ok`,
  'LOGIN with an empty password': `
    C: AUTH LOGIN ${ALICE}
    S: 334 UGFzc3dvcmQ6
    C: 
    S: 535 5.7.8 no`,
  XOAUTH2: `
    C: AUTH XOAUTH2 ${XOAUTH2}
    S: 235 2.7.0 ok`,
  'XOAUTH2 with a token that has expired': `
    C: AUTH XOAUTH2 ${XOAUTH2}
    S: 334 eyJzdGF0dXMiOiI0MDAifQ==
    C: 
    S: 535 5.7.8 token expired`,
  'RFC 7628 §3.1: OAUTHBEARER': `
    C: AUTH OAUTHBEARER ${OAUTHBEARER}
    S: 235 2.7.0 ok`,
  'RFC 7628 §3.2.3: OAUTHBEARER with a token that has expired': `
    C: AUTH OAUTHBEARER ${OAUTHBEARER}
    S: 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=
    C: AQ==
    S: 535 5.7.8 token expired`,
  'RFC 4954 §4: a challenge longer than any other line': `
    C: AUTH LOGIN
    S: 334 ${'QUJD'.repeat(1000)}
    C: ${SECRET.repeat(400)}
    S: 535 5.7.8 no`,
  'RFC 4954 §4: a login that the mail program ends': `
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: *
    S: 501 5.7.0 ended
    C: AUTH PLAIN ${PLAIN}
    S: 235 2.7.0 ok`,
} as const;

test.each(Object.entries(LOGINS))('%s passes through as it is', async (_, lines) => {
  await loggingIn({ server: `${lines}\n${QUIT}`, mailProgram: `${lines}\n${LEFT}` });
});

test('after a refused token the next command is a command', async () => {
  const lines = LOGINS['XOAUTH2 with a token that has expired'];
  await loggingIn({
    server: `${lines}\n${QUIT}`,
    mailProgram: `${lines}
      C: NOOP
      S: 250 OK
      ${LEFT}`,
  });
});

test.each([
  ['no base64', 'AUTH PLAIN a-b_'],
  ['cut short', 'AUTH PLAIN QUJ'],
  ['a second initial response', `AUTH PLAIN ${PLAIN} ${PLAIN}`],
  ['a second command behind a bare CR', `AUTH PLAIN ${PLAIN}\\rMAIL FROM:<mallory@example.org>`],
  ['no mechanism', 'AUTH'],
])('RFC 4954 §4: %s is no login, and the server does not see it', async (_, command) => {
  await loggingIn({
    server: QUIT,
    mailProgram: `
      C: ${command}
      S: 501 5.5.2 The login is not written as it should be, so the submission server was not asked.
      ${LEFT}`,
  });
});

test('RFC 4954 §4: an answer that is no base64 ends the login, and is not passed on', async () => {
  await loggingIn({
    server: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      C: *
      S: 501 5.7.0 ended
      ${QUIT}`,
    mailProgram: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      C: YWxpY2U=\\rMAIL FROM:<mallory@example.org>
      S: 501 5.7.0 ended
      ${LEFT}`,
  });
});

test('a challenge is not answered in another session', async () => {
  await loggingIn({
    server: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      close`,
    mailProgram: `
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      pause
      C: ${ALICE}
      ${UNANSWERED}
      ${LEFT}`,
  });
});

test('after three refused logins nobody is asked any more on the connection', async () => {
  const refused = `
    C: AUTH PLAIN ${PLAIN}
    S: 535 5.7.8 wrong password
  `.repeat(3);
  await loggingIn({
    server: `${refused} ${QUIT}`,
    mailProgram: `${refused}
      C: AUTH PLAIN ${PLAIN}
      S: 454 4.7.0 Too many logins failed. Check user name and password, wait a minute, then send again.
      closed`,
  });
});

test('RFC 4954 §4: whoever has logged in does not log in again', async () => {
  const login = LOGINS['RFC 4616: PLAIN'];
  await loggingIn({
    server: `${login}\n${QUIT}`,
    mailProgram: `${login}
      C: AUTH PLAIN ${PLAIN}
      S: 503 5.5.1 Bad sequence of commands: send MAIL first.
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
  await relayed({
    tls: 'implicit',
    server: [
      `${SERVER}
        pause
        S: 421 4.4.2 idle too long
        close`,
      `${SERVER} ${LOGGED_IN}
        C: MAIL FROM:<ada@example.org>
        ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    ],
    mailProgram: `${MAIL_PROGRAM}
      pause
      pause
      ${LOGGED_IN}
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test('a session lost after the login, before a message, is told at MAIL with 421', async () => {
  await loggingIn({
    server: `
      ${LOGGED_IN}
      close`,
    mailProgram: `
      ${LOGGED_IN}
      pause
      C: MAIL FROM:<ada@example.org>
      S: 421 4.4.2 The connection to localhost was lost. Nothing was sent. Try again.
      closed`,
  });
});

test('a session lost between two messages is told with 421 while the mail program is idle', async () => {
  await loggingIn({
    server: `
      ${LOGGED_IN}
      C: MAIL FROM:<ada@example.org>
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
      close`,
    mailProgram: `
      ${LOGGED_IN}
      ${ENVELOPE} ${message()} ${TAKEN}
      S: 421 4.4.2 The connection to localhost was lost. Nothing was sent. Try again.
      closed`,
  });
});

test('a message is not sent over a new session that nobody logged in to', async () => {
  await loggingIn({
    server: `
      ${LOGGED_IN}
      pause
      close`,
    mailProgram: `
      ${LOGGED_IN}
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

test('RFC 4954 §6: a session lost during the login is no login, and the next try is a new one', async () => {
  await relayed({
    tls: 'implicit',
    server: [
      `${SERVER}
        C: AUTH PLAIN ${PLAIN}
        close`,
      `${SERVER} ${LOGGED_IN} ${QUIT}`,
    ],
    mailProgram: `${MAIL_PROGRAM}
      C: AUTH PLAIN ${PLAIN}
      ${UNANSWERED}
      ${LOGGED_IN} ${LEFT}`,
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
