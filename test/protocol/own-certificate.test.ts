import { test } from 'vitest';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import { relayed } from './relayed-session.ts';
import { ENVELOPE_TAKEN, greeted, LEFT, message, proved, QUIT, TAKEN } from './scripts.ts';

const ownCertificate = await demoCertificate('localhost');
const OFFERED = proved('implicit', 'PIPELINING', 'REQUIRETLS');

/** From MAIL on, with parameters. */
const envelope = (parameters: string) => `
  C: MAIL FROM:<ada@example.org>${parameters}
  S: 250 2.1.0 Ok
  C: RCPT TO:<grace@example.net>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`;

/** Over TLS from the start, to a server that offers REQUIRETLS. */
async function overTls(after: { server: string; mailProgram: string }): Promise<void> {
  await relayed({
    tls: 'implicit',
    ownCertificate,
    server: `${OFFERED} ${after.server} ${QUIT}`,
    mailProgram: `TLS\n${greeted('REQUIRETLS')} ${after.mailProgram}\n${LEFT}`,
  });
}

test('RFC 8689 §2: over TLS the parameter is offered, and asks to require TLS', async () => {
  await overTls({
    server: `
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}`,
    mailProgram: `${envelope(' requiretls')} ${message()} ${TAKEN}`,
  });
});

test('RFC 8689 §4.1: with the parameter, TLS-Required: No counts for nothing and goes on', async () => {
  await overTls({
    server: `
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      ${ENVELOPE_TAKEN} ${message('TLS-Required: No')} ${TAKEN}`,
    mailProgram: `${envelope(' REQUIRETLS')} ${message('TLS-Required: No')} ${TAKEN}`,
  });
});

test('the parameter and the marker No contradict each other: nothing is sent', async () => {
  await overTls({
    server: '',
    mailProgram: `${envelope(' REQUIRETLS')} ${message('X-TLS-Required: No')}
      S: 554 5.6.0 The header of this message asks both to require TLS and to do without, so it was not sent. Keep one of the two fields: X-TLS-Required: Yes, or TLS-Required: No.`,
  });
});

test('the parameter of one message does not reach the next', async () => {
  await overTls({
    server: `
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}
      C: MAIL FROM:<ada@example.org>
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN}`,
    mailProgram: `
      ${envelope(' REQUIRETLS')} ${message()} ${TAKEN}
      ${envelope('')} ${message()} ${TAKEN}`,
  });
});

test('RFC 8689 §2: without TLS on its own side the parameter is refused, never dropped', async () => {
  await relayed({
    tls: 'implicit',
    server: `${OFFERED} ${QUIT}`,
    mailProgram: `${greeted()}
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      S: 555 5.5.4 REQUIRETLS is not taken as a parameter here, so the message was not taken. Write "X-TLS-Required: Yes" into the header of the message instead.
      ${LEFT}`,
  });
});

test('where the server does not offer REQUIRETLS, the parameter is refused over TLS too', async () => {
  await relayed({
    tls: 'implicit',
    ownCertificate,
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `TLS
      ${greeted()}
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      S: 555 5.5.4 The parameter REQUIRETLS is not offered by localhost, so the message was not taken.
      ${LEFT}`,
  });
});
