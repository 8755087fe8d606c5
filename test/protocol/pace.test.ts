import { test } from 'vitest';
import { relayed } from './relayed-session.ts';
import { ENVELOPE, greeted, LEFT, proved, QUIT, TAKEN } from './scripts.ts';

test('a mail program that is held back by a slow server is not called slow', async () => {
  const line = `C: ${'x'.repeat(300_000)}`;
  await relayed({
    tls: 'implicit',
    blockMs: 150,
    server: `${proved('implicit', 'SIZE')}
      C: MAIL FROM:<ada@example.org>
      pause
      S: 250 2.1.0 Ok
      C: RCPT TO:<grace@example.net>
      pause
      S: 250 2.1.5 Ok
      C: DATA
      pause
      S: 354 go ahead
      C: Subject: hi
      C:
      ${line}
      C: .
      ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted('SIZE')} ${ENVELOPE}
      C: Subject: hi
      C:
      ${line}
      C: .
      ${TAKEN} ${LEFT}`,
  });
});

test('RFC 5321 §4.5.3.2.5: a mail program that sends nothing in the body is cut off with words', async () => {
  await relayed({
    tls: 'implicit',
    blockMs: 150,
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE}
      C: Subject: hi
      S: 451 4.4.0 The mail program sent too little for too long, and the message was not sent. Try again.
      closed`,
  });
});
