import { test } from 'vitest';
import { relayed } from './relayed-session.ts';
import { greeted, LEFT, message, proved, QUIT, TAKEN } from './scripts.ts';

const OFFER = ['SIZE 1000', '8BITMIME', 'SMTPUTF8', 'DSN'] as const;

/** UTF-8 octets, as they stand in a script. */
function octets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Sends one envelope through and expects it upstream as it was written. */
async function passesUntouched(mail: string, rcpt: readonly string[]): Promise<void> {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', ...OFFER)}
      C: ${mail}
      ${rcpt.map((line) => `C: ${line}`).join('\n')}
      C: DATA
      S: 250 2.1.0 Ok
      ${rcpt.map(() => 'S: 250 2.1.5 Ok').join('\n')}
      S: 354 go ahead
      ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted(...OFFER)}
      C: ${mail}
      S: 250 2.1.0 Ok
      ${rcpt.map((line) => `C: ${line}\nS: 250 2.1.5 Ok`).join('\n')}
      C: DATA
      S: 354 End data with <CR><LF>.<CR><LF>
      ${message()} ${TAKEN} ${LEFT}`,
  });
}

test('RFC 3461 §4, RFC 1870, RFC 6152: parameters arrive as they were written', async () => {
  await passesUntouched('MAIL FROM:<ada@example.org> body=8bitMIME SIZE=500 RET=FULL ENVID=a+2Bb', [
    'RCPT TO:<grace@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;grace+40old@example.net',
    'RCPT TO:<linus@example.net> NOTIFY=NEVER',
  ]);
});

test('RFC 6531 §3.3: international addresses arrive octet for octet', async () => {
  await passesUntouched(octets('MAIL FROM:<ädä@exämple.org> SMTPUTF8'), [
    octets('RCPT TO:<用户@例子.example>'),
    'RCPT TO:<grace@xn--exmple-cua.org>',
  ]);
});

test('RFC 5321 §4.1.2: quoted local parts arrive as they were written', async () => {
  await passesUntouched('MAIL FROM:<"ada lovelace"@example.org>', [
    'RCPT TO:<"a>b@c \\" d"@example.net>',
    'RCPT TO:<@relay.example:grace@example.net>',
  ]);
});

test('RFC 5321 §2.4: recipients that differ in letter case are two', async () => {
  await passesUntouched('MAIL FROM:<>', [
    'RCPT TO:<Grace@example.net>',
    'RCPT TO:<grace@example.net>',
  ]);
});

test('RFC 5321 §4.1.1.11: what the server did not offer is refused, never dropped', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')} ${QUIT}`,
    mailProgram: `${greeted()}
      C: MAIL FROM:<ada@example.org> BODY=8BITMIME
      S: 555 5.5.4 The parameter BODY is not offered by localhost, so the message was not taken.
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      S: 555 5.5.4 REQUIRETLS is not taken as a parameter here, so the message was not taken. Write "X-TLS-Required: Yes" into the header of the message instead.
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      C: RCPT TO:<grace@example.net> NOTIFY=NEVER
      S: 555 5.5.4 The parameter NOTIFY is not offered by localhost, so the message was not taken.
      C: DATA
      S: 503 5.5.1 Bad sequence of commands: send RCPT first.
      ${LEFT}`,
  });
});

test('RFC 5321 §4.5.3.1.3: a path that no server need take does not go out', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()}
      C: MAIL FROM:<${'a'.repeat(511)}@example.org>
      S: 501 5.5.2 Syntax error: write MAIL FROM:<address>
      ${LEFT}`,
  });
});

test('RFC 1870 §6.1: a message announced as too large is refused at MAIL', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING', 'SIZE 1000')} ${QUIT}`,
    mailProgram: `${greeted('SIZE 1000')}
      C: MAIL FROM:<ada@example.org> SIZE=1001
      S: 552 5.3.4 The message is larger than localhost takes (1000 octets). It was not sent.
      ${LEFT}`,
  });
});

test('commands out of order and malformed ones are refused, and nothing goes on', async () => {
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()}
      C: RCPT TO:<grace@example.net>
      S: 503 5.5.1 Bad sequence of commands: send MAIL first.
      C: DATA
      S: 503 5.5.1 Bad sequence of commands: send MAIL first.
      C: DATA foo
      S: 501 5.5.2 Syntax error: write DATA
      C: MAIL FROM:ada@example.org
      S: 501 5.5.2 Syntax error: write MAIL FROM:<address>
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      C: MAIL FROM:<ada@example.org>
      S: 503 5.5.1 Bad sequence of commands: send RSET first.
      C: RSET
      S: 250 Flushed
      C: DATA
      S: 503 5.5.1 Bad sequence of commands: send MAIL first.
      ${LEFT}`,
  });
});

test('RFC 5321 §4.5.3.1.8: the recipient after the thousandth is refused with 452', async () => {
  const thousand = Array.from({ length: 1000 }, (_, at) => `RCPT TO:<r${at}@example.net>`);
  await relayed({
    tls: 'implicit',
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()}
      C: MAIL FROM:<ada@example.org>
      S: 250 2.1.0 Ok
      ${thousand.map((line) => `C: ${line}`).join('\n')}
      ${thousand.map(() => 'S: 250 2.1.5 Ok').join('\n')}
      C: RCPT TO:<one.more@example.net>
      S: 452 4.5.3 Too many recipients: at most 1000 for one message.
      ${LEFT}`,
  });
});
