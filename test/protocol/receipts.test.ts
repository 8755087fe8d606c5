import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { receiptAfter, type Receipt } from '../../shared/submission/receipt.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { ReceiptReader } from '../../proxy/submission/receipt-reader.ts';
import {
  newSubmissionId,
  Receipts,
  type ReceiptsOptions,
} from '../../proxy/submission/receipts.ts';
import type { KnownSubmission } from '../../proxy/submission/submission-facts.ts';

const TAKEN = new SmtpReply(250, '2.0.0', 'Ok: queued as 4711');
const SILENT = pino({ level: 'silent' });

test('a message that the server took has a receipt with its reply', async () => {
  await using state = await stateFolder();
  const receipts = await open(state.folder);
  const letter = submission();
  await receipts.offered(letter);
  receipts.answered(letter, 'relayed', TAKEN);
  await receipts.close();

  expect(await receiptsIn(state.folder)).toMatchObject([
    {
      id: letter.id,
      sender: 'ada@example.org',
      recipients: 1,
      domains: ['example.net'],
      outcome: 'relayed',
      reply: { code: 250, enhancedCode: '2.0.0', text: 'Ok: queued as 4711' },
    },
  ]);
});

async function open(folder: string, options: Partial<ReceiptsOptions> = {}): Promise<Receipts> {
  return await Receipts.open(folder, { log: SILENT, ...options });
}

function submission(more: Partial<KnownSubmission> = {}): KnownSubmission {
  return {
    id: newSubmissionId(),
    server: 'smtp.example.net',
    envelope: {
      mail: { path: '<ada@example.org>' },
      rcpt: [{ path: '<grace@example.net>' }],
    },
    ...more,
  };
}

async function receiptsIn(folder: string): Promise<readonly Receipt[]> {
  const receipts = new Map<string, Receipt>();
  for await (const line of new ReceiptReader(folder).unread()) {
    if (line.kind === 'unreadable') continue;
    const receipt = receiptAfter(receipts.get(line.event.id), line.event);
    if (receipt !== undefined) receipts.set(receipt.id, receipt);
  }
  return [...receipts.values()];
}

async function stateFolder() {
  const above = await mkdtemp(join(tmpdir(), 'requiretls-receipts-'));
  return {
    above,
    folder: join(above, 'state'),
    [Symbol.asyncDispose]: () => rm(above, { recursive: true }),
  };
}
