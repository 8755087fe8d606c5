import { expect, test } from 'vitest';
import { relayed } from './relayed-session.ts';
import {
  ENVELOPE,
  ENVELOPE_TAKEN,
  greeted,
  LEFT,
  message,
  proved,
  QUIT,
  SERVER_TO_MAIL,
  TAKEN,
} from './scripts.ts';

const OFFER = 'AUTH PLAIN LOGIN';
const SERVER = proved('implicit', 'PIPELINING', OFFER);
const MAIL_PROGRAM = greeted(OFFER);

/** RFC 4616: NUL alice NUL secret. */
const PLAIN = 'AUTH PLAIN AGFsaWNlAHNlY3JldA==';
const LOGGED_IN = `
  C: ${PLAIN}
  S: 235 2.7.0 ok
`;
const UNANSWERED =
  'S: 454 4.7.0 localhost did not say whether the login is right, so nobody is logged in and nothing was sent. The password need not be wrong. Try again.';

/** The server's part of a message. */
const MESSAGE = `
  C: MAIL FROM:<ada@example.org>
  ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
`;
/** The mail program's. */
const SENT = `${ENVELOPE} ${message()} ${TAKEN}`;

/** Plays a session whose first connection to the server was there before the mail program came. */
async function composed(
  server: readonly string[],
  mailProgram: string,
): Promise<readonly string[]> {
  return await relayed({ tls: 'implicit', composing: true, aliveMs: 700, server, mailProgram });
}

test('who sends while a compose window is open sends in the session that is ready, in three round trips', async () => {
  const segments = await composed(
    [`${SERVER} ${LOGGED_IN} ${MESSAGE} ${QUIT}`],
    `${MAIL_PROGRAM} ${LOGGED_IN} ${SENT} ${LEFT}`,
  );
  const said = ['EHLO', PLAIN, 'MAIL FROM', 'Subject', 'QUIT'];
  expect(segments.map((segment) => said.find((words) => segment.startsWith(words)))).toEqual(said);
});

const IDLE = {
  'is closed': 'close',
  'is reset': 'reset',
  'is closed with 421': 'S: 421 4.4.2 idle too long\nclose',
  'holds a reply that nobody asked for': 'S: 235 2.7.0 welcome\nclosed',
  'holds half a reply': 'S: 235-2.7.0 wel\nclosed',
} as const;

test.each(Object.entries(IDLE))(
  'a warm session that %s before it is taken costs nothing',
  async (_, ends) => {
    await composed(
      [`${SERVER} ${ends}`, `${SERVER} ${LOGGED_IN} ${MESSAGE} ${QUIT}`],
      `${MAIL_PROGRAM} ${LOGGED_IN} ${SENT} ${LEFT}`,
    );
  },
);

test.each(Object.entries(IDLE))(
  'a warm session that %s after the greeting costs nothing',
  async (_, ends) => {
    await composed(
      [`${SERVER} pause\n${ends}`, `${SERVER} ${LOGGED_IN} ${MESSAGE} ${QUIT}`],
      `${MAIL_PROGRAM} pause\npause\n${LOGGED_IN} ${SENT} ${LEFT}`,
    );
  },
);

test.each([
  ['never answered', 'closed'],
  ['answered by a close', 'close'],
  ['answered by a reset', 'reset'],
  ['answered when it was given up', 'closed\nS: 535 5.7.8 wrong password'],
])(
  'the first AUTH in a warm session, %s, is said once more in a new session',
  async (_, answer) => {
    await composed(
      [`${SERVER}\nC: ${PLAIN}\n${answer}`, `${SERVER} ${LOGGED_IN} ${MESSAGE} ${QUIT}`],
      `${MAIL_PROGRAM} ${LOGGED_IN} ${SENT} ${LEFT}`,
    );
  },
);

test('RFC 4954 §4: a login with challenges goes on in the session that gave the first', async () => {
  const login = `
    C: AUTH LOGIN
    S: 334 VXNlcm5hbWU6
    C: YWxpY2U=
    S: 334 UGFzc3dvcmQ6
    C: c2VjcmV0
    S: 235 2.7.0 ok`;
  await composed(
    [`${SERVER}\nC: AUTH LOGIN\nclosed`, `${SERVER} ${login} ${MESSAGE} ${QUIT}`],
    `${MAIL_PROGRAM} ${login}\n${SENT} ${LEFT}`,
  );
});

test('a login that is not answered in the new session either is not said a third time', async () => {
  await composed(
    [`${SERVER}\nC: ${PLAIN}\nclose`, `${SERVER}\nC: ${PLAIN}\nclose`],
    `${MAIL_PROGRAM}\nC: ${PLAIN}\n${UNANSWERED}\n${LEFT}`,
  );
});

test.each([
  ['the beginning of a reply', 'S: 235-2.7.0 welc\nclose'],
  ['what is no reply', 'S: 2350 ok\nclosed'],
  ['silence after the beginning of a reply', 'S: 235-2.7.0 welc\nclosed'],
])('an AUTH that is answered with %s is not said again', async (_, answer) => {
  await composed(
    [`${SERVER}\nC: ${PLAIN}\n${answer}`],
    `${MAIL_PROGRAM}\nC: ${PLAIN}\n${UNANSWERED}\n${LEFT}`,
  );
});

test('an AUTH that is answered with 421 is not said again, and the words arrive', async () => {
  await composed(
    [`${SERVER}\nC: ${PLAIN}\nS: 421 4.7.0 too many logins\nclose`],
    `${MAIL_PROGRAM}\nC: ${PLAIN}\nS: 454 4.7.0 too many logins\n${LEFT}`,
  );
});

test('a session lost behind its challenge is no login, and nothing of it is said again', async () => {
  await composed(
    [`${SERVER}\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nclose`],
    `${MAIL_PROGRAM}
      C: AUTH LOGIN
      S: 334 VXNlcm5hbWU6
      pause
      C: YWxpY2U=
      ${UNANSWERED}
      ${LEFT}`,
  );
});

test('after a refused password the next one is said once, however the session ends', async () => {
  const refused = `C: ${PLAIN}\nS: 535 5.7.8 wrong password\n`;
  await composed(
    [`${SERVER}\n${refused} C: ${PLAIN}\nclose`],
    `${MAIL_PROGRAM}\n${refused} C: ${PLAIN}\n${UNANSWERED}\n${LEFT}`,
  );
});

/** A server that asks nobody to log in. */
const OPEN = proved('implicit', 'PIPELINING');

test.each([
  ['250 2.0.0 Ok', 'any'],
  ['500 5.5.1 what?', 'that it does not know NOOP'],
])('without a login, a server that answers %s is there, and gets the envelope', async (reply) => {
  await composed(
    [`${OPEN}\nC: NOOP\nS: ${reply}\n${MESSAGE} ${MESSAGE} ${QUIT}`],
    `${greeted()} ${SENT} ${SENT} ${LEFT}`,
  );
});

test.each([
  ['does not answer', 'closed'],
  ['closes', 'close'],
  ['answers 421', 'S: 421 4.4.2 idle too long\nclose'],
])(
  'without a login, a warm session whose server %s is replaced before the envelope',
  async (_, answer) => {
    await composed(
      [`${OPEN}\nC: NOOP\n${answer}`, `${OPEN} ${MESSAGE} ${QUIT}`],
      `${greeted()} ${SENT} ${LEFT}`,
    );
  },
);

test('a session that was proved for the mail program itself is not asked whether it is there', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${SENT} ${LEFT}`,
  });
});

test('RFC 8689 §4.2.1: the offer of REQUIRETLS is that of the new session', async () => {
  await composed(
    [
      `${proved('implicit', 'PIPELINING', OFFER, 'REQUIRETLS')}\nC: ${PLAIN}\nclose`,
      `${SERVER} ${LOGGED_IN} ${QUIT}`,
    ],
    `${MAIL_PROGRAM} ${LOGGED_IN} ${ENVELOPE} ${message('X-TLS-Required: Yes')}
      S: 550 5.7.30 REQUIRETLS support required: localhost does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.
      ${LEFT}`,
  );
});

const NO_PLAIN = proved('implicit', 'PIPELINING', 'AUTH LOGIN');
const NOT_OFFERED = 'S: 504 5.5.4 localhost does not offer this way to log in.';

test.each([
  ['closed before anybody logged in', 'pause\nclose'],
  ['lost at AUTH', `C: ${PLAIN}\nclose`],
])(
  'RFC 4954 §4: a login is not said to a new session that does not offer its mechanism: %s',
  async (_, ends) => {
    await composed(
      [
        `${SERVER}\n${ends}`,
        `${NO_PLAIN}
          C: AUTH LOGIN
          S: 334 VXNlcm5hbWU6
          C: *
          S: 501 5.7.0 ended
          ${QUIT}`,
      ],
      `${MAIL_PROGRAM}
        pause
        pause
        C: ${PLAIN}
        ${NOT_OFFERED}
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: *
        S: 501 5.7.0 ended
        ${LEFT}`,
    );
  },
);

const MUCH = ['SIZE 1000', '8BITMIME', 'SMTPUTF8', 'DSN'];

test.each([
  ['SIZE', ' SIZE=900', ''],
  ['BODY', ' BODY=8BITMIME', ''],
  ['SMTPUTF8', ' SMTPUTF8', ''],
  ['RET', ' RET=HDRS', ''],
  ['ENVID', ' ENVID=QQ314159', ''],
  ['NOTIFY', '', ' NOTIFY=NEVER'],
  ['ORCPT', '', ' ORCPT=rfc822;grace@example.net'],
])(
  'RFC 5321 §4.1.1.11: %s, written for a session that offered it, is not said in a new one that does not',
  async (name, mail, rcpt) => {
    await composed(
      [`${proved('implicit', 'PIPELINING', ...MUCH)}\nC: NOOP\nclose`, `${OPEN} ${QUIT}`],
      `${greeted(...MUCH)}
        C: MAIL FROM:<ada@example.org>${mail}
        S: 250 2.1.0 Ok
        C: RCPT TO:<grace@example.net>${rcpt}
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 End data with <CR><LF>.<CR><LF>
        ${message()}
        S: 451 4.4.0 The connection to localhost failed (it came back without offering ${name}), and the message was not sent. Try again.
        ${LEFT}`,
    );
  },
);

test('RFC 5321 §4.1.1.11: what the new session does offer is said in it as it was written', async () => {
  const parameters = ' SIZE=900 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=QQ314159';
  await composed(
    [
      `${proved('implicit', 'PIPELINING', ...MUCH)}\nC: NOOP\nclose`,
      `${proved('implicit', 'PIPELINING', ...MUCH)}
        C: MAIL FROM:<ada@example.org>${parameters}
        ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    ],
    `${greeted(...MUCH)}
      C: MAIL FROM:<ada@example.org>${parameters}
      S: 250 2.1.0 Ok
      C: RCPT TO:<grace@example.net>
      S: 250 2.1.5 Ok
      C: DATA
      S: 354 End data with <CR><LF>.<CR><LF>
      ${message()} ${TAKEN} ${LEFT}`,
  );
});

test('MAIL that comes after the session was replaced is judged by the offer of the new one', async () => {
  await composed(
    [
      `${proved('implicit', 'PIPELINING', ...MUCH, OFFER)}\nC: ${PLAIN}\nclose`,
      `${proved('implicit', 'PIPELINING', 'SIZE 500', OFFER)} ${LOGGED_IN} ${QUIT}`,
    ],
    `${greeted(...MUCH, OFFER)} ${LOGGED_IN}
      C: MAIL FROM:<ada@example.org> BODY=8BITMIME
      S: 555 5.5.4 The parameter BODY is not offered by localhost, so the message was not taken.
      C: MAIL FROM:<ada@example.org> SIZE=900
      S: 552 5.3.4 The message is larger than localhost takes (500 octets). It was not sent.
      ${LEFT}`,
  );
});
