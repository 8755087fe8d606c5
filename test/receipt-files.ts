import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { receiptAfter, type Receipt } from '../shared/submission/receipt.ts';
import { ReceiptReader } from '../proxy/submission/receipt-reader.ts';

/** A place for receipts that does not exist yet. */
export type StateFolder = AsyncDisposable & { readonly folder: string };

export async function stateFolder(): Promise<StateFolder> {
  const above = await mkdtemp(join(tmpdir(), 'requiretls-receipts-'));
  return {
    folder: join(above, 'state'),
    [Symbol.asyncDispose]: () => rm(above, { recursive: true }),
  };
}

/** What the receipts files of a folder say now, and how many of their lines are none. */
export async function receiptsIn(
  folder: string,
): Promise<{ readonly receipts: readonly Receipt[]; readonly unreadable: number }> {
  const receipts = new Map<string, Receipt>();
  let unreadable = 0;
  for await (const line of new ReceiptReader(folder).unread()) {
    if (line.kind === 'unreadable') unreadable += 1;
    else {
      const receipt = receiptAfter(receipts.get(line.event.id), line.event);
      if (receipt !== undefined) receipts.set(receipt.id, receipt);
    }
  }
  return { receipts: [...receipts.values()], unreadable };
}
