import { expect, test } from 'vitest';
import { relayed } from './relayed-session.ts';
import {
  ENVELOPE,
  ENVELOPE_TAKEN,
  greeted,
  LEFT,
  message,
  QUIT,
  SERVER_TO_MAIL,
  TAKEN,
} from './scripts.ts';

const UNKNOWN = `
  S: 451 4.4.2 localhost took the whole message but did not say whether it accepted it. It may have been delivered: check before sending it again.
  ${LEFT}`;
test('RFC 5321 §4.2.1: the final reply keeps its class, codes and lines', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()}
      S: 554-5.7.1 looks like spam
      S: 554 5.7.1 see https://provider.example
      ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 554-5.7.1 localhost refused this message, and it was not sent: looks like spam
      S: 554 5.7.1 see https://provider.example
      ${LEFT}`,
  });
});

test.each([
  'close',
  'reset',
  'S: 2500 queued',
  'S: 25',
  'S: 2!! junk',
  'S: 354 go on',
  'S: 221 2.0.0 bye',
  'S: 235 2.7.0 ok',
  'S: 250-one\nS: 251 two',
])('RFC 5321 §4.2.5: "%s" after the final dot is unknown, and never sent again', async (end) => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()}
        ${end}
        ${end.startsWith('S') ? 'closed' : ''}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()} ${UNKNOWN}`,
  });
});

test('silence after the final dot is unknown once the limit is reached', async () => {
  await relayed({
    tls: 'implicit',
    timeoutMs: 300,
    lateReplyMs: 200,
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()}
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()} ${UNKNOWN}`,
  });
});

test('RFC 5321 §4.2.5: a 250 before the final dot is not taken for one after it', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL}
      C: RCPT TO:<grace@example.net>
      C: DATA
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go ahead
      C: Subject: hi
      C:
      C: hello
      S: 250 2.0.0 queued before it was sent
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE}
      C: Subject: hi
      C:
      C: hello
      pause
      C: the last block, which waits for the final dot
      pause
      C: .
      S: 554 5.5.0 localhost refused this message, and it was not sent: queued before it was sent
      ${LEFT}`,
  });
});

test('RFC 5321 §4.2: a server that answers unasked between two messages is left', async () => {
  const first = `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()} ${TAKEN}`;
  await relayed({
    tls: 'implicit',
    server: [
      `${first}
        S: 250 2.0.0 for the next MAIL, before it was said
        closed`,
      `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    ],
    mailProgram: `${greeted()} ${ENVELOPE} ${message()} ${TAKEN}
      pause
      ${ENVELOPE} ${message()} ${TAKEN} ${LEFT}`,
  });
});

test('a server lost in the body has no message, though the dot comes by itself', async () => {
  await relayed({
    tls: 'implicit',
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN}
      C: Subject: hi
      C:
      C: hello
      close`,
    mailProgram: `${greeted()} ${ENVELOPE}
      C: Subject: hi
      C:
      C: hello
      pause
      C: the last block, which waits for the final dot
      pause
      C: .
      S: 451 4.4.0 The connection to localhost failed (it closed the connection), and the message was not sent. Try again.
      ${LEFT}`,
  });
});

test('a mail program that leaves once the server has the message breaks nothing off', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    receipts: {
      offered: () => Promise.resolve(),
      answered: (_, outcome) => void written.push(outcome),
      refused: () => void written.push('refused before the dot'),
    },
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()}
      pause
      pause
      pause
      ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      pause
      close`,
  });
  expect(written).toEqual(['relayed']);
});
