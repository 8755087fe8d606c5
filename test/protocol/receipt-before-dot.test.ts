import { setTimeout as slowDisk } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ReceiptBook } from '../../proxy/submission/submission-record.ts';
import { waitUntil } from '../wait-until.ts';
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

/** What is written down, in its order. */
function bookOf(written: string[], whenOffered: () => Promise<void> = () => Promise.resolve()) {
  return {
    offered: ({ asked, adding }) => {
      written.push(`offered ${asked?.requirement} ${adding}`);
      return whenOffered();
    },
    answered: (_, outcome, reply) => void written.push(`${outcome} ${reply.code}`),
    refused: (_, reply) => void written.push(`refused before the dot ${reply.code}`),
  } satisfies ReceiptBook;
}

test('a receipt is on the disk before the final dot, and the answer follows', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    receipts: bookOf(written),
    server: `${proved('implicit', 'PIPELINING', 'REQUIRETLS')}
      C: MAIL FROM:<ada@example.org> REQUIRETLS
      ${ENVELOPE_TAKEN} ${message()} ${TAKEN} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: Yes')} ${TAKEN} ${LEFT}`,
  });
  expect(written).toEqual(['offered required REQUIRETLS', 'relayed 250']);
});

test('a full disk: the final dot is not sent, and the mail program keeps the message', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    receipts: bookOf(written, () => Promise.reject(new Error('ENOSPC: no space left on device'))),
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN}
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 452 4.3.1 Require TLS could not write its receipt (is the disk full?), so the message was not sent. See its log.
      ${LEFT}`,
  });
  expect(written).toEqual(['offered default nothing', 'refused before the dot 452']);
});

test('a server that refuses while the receipt is written gets no final dot', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    receipts: bookOf(written, () => slowDisk(400)),
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN}
      pause
      S: 552 5.3.4 too large, I have seen enough
      pause
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 552 5.3.4 localhost refused this message, and it was not sent: too large, I have seen enough
      ${LEFT}`,
  });
});

test('a refusal before the envelope is written down as one', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    receipts: bookOf(written),
    server: `${proved('implicit', 'PIPELINING')} ${QUIT}`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message('X-TLS-Required: Yes')}
      S: 550 5.7.30 REQUIRETLS support required: localhost does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.
      ${LEFT}`,
  });
  expect(written).toEqual(['refused before the dot 550']);
});

test('an answer that comes too late for the mail program corrects the receipt', async () => {
  const written: string[] = [];
  await relayed({
    tls: 'implicit',
    timeoutMs: 300,
    receipts: bookOf(written),
    server: `${SERVER_TO_MAIL} ${ENVELOPE_TAKEN} ${message()}
      ${'pause\n'.repeat(5)}
      ${TAKEN}
      closed`,
    mailProgram: `${greeted()} ${ENVELOPE} ${message()}
      S: 451 4.4.2 localhost took the whole message but did not say whether it accepted it. It may have been delivered: check before sending it again.
      ${LEFT}`,
  });
  await waitUntil(
    () => written.length === 3,
    3000,
    () => written.join(),
  );
  expect(written).toEqual(['offered default nothing', 'unknown 451', 'relayed 250']);
});
