import { expect, test } from 'vitest';
import { markerUnclear } from '../../shared/submission/refusals.ts';
import { NO_RECEIPTS } from '../../proxy/submission/submission-record.ts';
import { StrangersReceipts } from '../../proxy/submission/strangers-receipts.ts';
import { relayed } from './relayed-session.ts';
import { ENVELOPE, greeted, LEFT, message, proved, QUIT } from './scripts.ts';

const REFUSED = `${ENVELOPE} ${message('X-TLS-Required: maybe')} S: ${String(markerUnclear())}\n`;

const LOGIN = `C: AUTH PLAIN AGFsaWNlAHNlY3JldA==
  S: 235 2.7.0 Ok
`;

/** How many of 25 refused messages have a receipt afterwards. */
async function receiptsOf(login: string, ...keywords: readonly string[]): Promise<number> {
  let count = 0;
  await relayed({
    tls: 'implicit',
    receipts: { ...NO_RECEIPTS, refused: () => void (count += 1) },
    server: `${proved('implicit', 'PIPELINING', ...keywords)} ${login} ${QUIT}`,
    mailProgram: `${greeted(...keywords)} ${login} ${REFUSED.repeat(25)} ${LEFT}`,
  });
  return count;
}

test('who has not logged in fills the receipts with no refusals, whether a login is asked for or not', async () => {
  expect(await receiptsOf('', 'AUTH PLAIN')).toBe(20);
  expect(await receiptsOf('')).toBe(20);
});

test('who has logged in finds each refusal among the receipts', async () => {
  expect(await receiptsOf(LOGIN, 'AUTH PLAIN')).toBe(25);
});

test('an hour later a refusal is kept again, and what goes to the server always is', async () => {
  const kept: string[] = [];
  let nowMs = 0;
  const receipts = new StrangersReceipts(
    {
      offered: () => Promise.resolve(void kept.push('offered')),
      answered: () => void kept.push('answered'),
      refused: () => void kept.push('refused'),
    },
    () => nowMs,
  );
  const mail = { path: '<>' };
  const submission = { id: '1', server: 'submission.example', envelope: { mail, rcpt: [] } };
  for (let count = 0; count < 30; count += 1) receipts.refused(submission, markerUnclear());
  expect(kept).toHaveLength(20);
  await receipts.offered(submission);
  receipts.answered(submission, 'unknown', markerUnclear());
  nowMs = 3_600_000;
  receipts.refused(submission, markerUnclear());
  expect(kept.slice(20)).toEqual(['offered', 'answered', 'refused']);
});
