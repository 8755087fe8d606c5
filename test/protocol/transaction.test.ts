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

const THREE_RECIPIENTS = `
  C: MAIL FROM:<ada@example.org>
  S: 250 2.1.0 Ok
  C: RCPT TO:<grace@example.net>
  S: 250 2.1.5 Ok
  C: RCPT TO:<nobody@example.net>
  S: 250 2.1.5 Ok
  C: RCPT TO:<full@example.net>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`;

test('a refused recipient refuses the message to all: closed after 354, without the dot', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: RCPT TO:<nobody@example.net>
      C: RCPT TO:<full@example.net>
      C: DATA
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 550 5.1.1 no such user
      S: 452 4.2.2 mailbox full
      S: 354 go ahead
      closed`,
    mailProgram: `${greeted()} ${THREE_RECIPIENTS} ${message()}
      S: 550 5.1.1 localhost refused <nobody@example.net> (550 5.1.1 no such user), <full@example.net> (452 4.2.2 mailbox full). The message was sent to nobody. Correct or remove the address, then send again.
      ${LEFT}`,
  });
});

test('recipients deferred alone make the reply a 4yz', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.1.0 Ok
      S: 450 4.2.0 greylisted
      S: 554 5.5.1 no valid recipients
      C: RSET
      S: 250 2.0.0 Ok
      ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 450 4.1.1 localhost refused <grace@example.net> (450 4.2.0 greylisted). The message was sent to nobody. Correct or remove the address, then send again.
      ${LEFT}`,
  });
});

test('RFC 2920: without PIPELINING each command waits, and the first refusal ends it', async () => {
  const segments = await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'SIZE')}
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      C: RCPT TO:<grace@example.net>
      S: 250 2.1.5 Ok
      C: RCPT TO:<nobody@example.net>
      S: 550 5.1.1 no such user
      C: RSET
      S: 250 2.0.0 Ok
      ${QUIT}`,
    mailProgram: `${greeted('SIZE')} ${THREE_RECIPIENTS} ${message()}
      S: 550 5.1.1 localhost refused <nobody@example.net> (550 5.1.1 no such user). The message was sent to nobody. Correct or remove the address, then send again.
      ${LEFT}`,
  });
  expect(segments).toContain('MAIL FROM:<ada@example.org>\r\n');
});

test('RFC 2920: without PIPELINING a message goes through, one command at a time', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'SIZE')}
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      C: RCPT TO:<grace@example.net>
      S: 251 2.1.5 will forward
      C: DATA
      S: 354 go ahead
      ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted('SIZE')} ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test.each(['554 5.3.0 not now', '250 2.0.0 sure'])(
  'DATA answered %s: no content goes to the server',
  async (answer) => {
    const after = answer.startsWith('5') ? `C: RSET\nS: 250 2.0.0 Ok\n${QUIT}` : 'closed';
    const told = answer.startsWith('5') ? '554 5.3.0' : '554 5.5.0';
    await relayed({
      tls: 'implicit',
      server: `${SERVER_TO_MAIL}
        C: RCPT TO:<grace@example.net>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: ${answer}
        ${after}`,
      mailProgram: `${greeted()} ${ENVELOPE} ${message()}
        S: ${told} localhost refused this message, and it was not sent: ${answer.slice(10)}
        ${LEFT}`,
    });
  },
);

test.each(['550 5.7.1 sender blocked', '451 4.7.0 rate limited, wait an hour'])(
  'MAIL refused with %s by a server that closes behind it: class and text are kept',
  async (answer) => {
    await relayed({
      tls: 'implicit',
      server: `${SERVER_TO_MAIL}
        C: RCPT TO:<grace@example.net>
        C: DATA
        S: ${answer}
        close`,
      mailProgram: `${greeted()} ${ENVELOPE} ${message()}
        S: ${answer.slice(0, 9)} localhost refused this message, and it was not sent: ${answer.slice(10)}
        ${LEFT}`,
    });
  },
);

test('a server lost in the envelope has no message, and the mail program hears it after its dot', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.1.0 Ok
      close`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 451 4.4.0 The connection to localhost failed (it closed the connection), and the message was not sent. Try again.
      ${LEFT}`,
  });
});

test('a server that leaves one reply out has no message', async () => {
  await relayed({
    tls: 'implicit',
    timeoutMs: 300,
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.1.5 Ok
      S: 354 go ahead
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 451 4.4.0 The connection to localhost failed (no answer within 0.3 seconds), and the message was not sent. Try again.
      ${LEFT}`,
  });
});

test('two messages in one segment are two, and the connection goes on after them', async () => {
  const both = [1, 2].flatMap(() => [
    'MAIL FROM:<ada@example.org>',
    'RCPT TO:<grace@example.net>',
    'DATA',
    'Subject: hi',
    '',
    'hello',
    '.',
  ]);
  const replies = ['250 2.1.0 Ok', '250 2.1.5 Ok', '354 End data with <CR><LF>.<CR><LF>'];
  const answers = [...replies, TAKEN.slice(3)].map((line) => `S: ${line}`).join('\n');
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
      ${SERVER_TO_MAIL.slice(SERVER_TO_MAIL.indexOf('C: MAIL'))} ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()}
      C: ${both.join('\\r\\n')}
      ${answers}
      ${answers}
      C: NOOP
      S: 250 OK
      ${LEFT}`,
  });
});

test('a server that is slow with each recipient is not waited for without end', async () => {
  await relayed({
    tls: 'implicit',
    timeoutMs: 1000,
    envelopeMs: 500,
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      pause
      pause
      pause
      S: 250 2.1.0 Ok
      pause
      pause
      pause
      pause
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 451 4.4.0 The connection to localhost failed (no answer within 0.5 seconds), and the message was not sent. Try again.
      ${LEFT}`,
  });
});

test('RFC 5321 §4.1.1.5: a refusal does not wait for the reply to RSET, and the next message comes behind it', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.1.0 Ok
      S: 550 5.1.1 no such user
      S: 503 5.5.1 no recipients
      C: RSET
      C: MAIL FROM:<ada@example.org>
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.0.0 Ok
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go ahead
      ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 550 5.1.1 localhost refused <grace@example.net> (550 5.1.1 no such user). The message was sent to nobody. Correct or remove the address, then send again.
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test('RFC 5321 §4.1.1.5: a server that does not reset is left', async () => {
  const envelope = `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA`;
  await relayed({
    tls: 'implicit',
    server: [
      `${envelope}
      S: 250 2.1.0 Ok
      S: 550 5.1.1 no such user
      S: 503 5.5.1 no recipients
      C: RSET
      S: 500 5.5.1 what
      closed`,
      `${envelope}
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go ahead
      ${message()} ${TAKEN} ${QUIT}`,
    ],
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 550 5.1.1 localhost refused <grace@example.net> (550 5.1.1 no such user). The message was sent to nobody. Correct or remove the address, then send again.
      pause
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});
