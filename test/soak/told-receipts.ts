import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');

const RECEIPT = v.object({
  id: v.string(),
  /** With its brackets. Absent where the message was refused before its header section was read. */
  messageId: v.optional(v.string()),
  outcome: v.string(),
});

export type ToldReceipt = v.InferOutput<typeof RECEIPT>;

/** All that `requiretls receipts` tells, the oldest first. */
export async function toldReceipts(state: string): Promise<readonly ToldReceipt[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [COMMAND, 'receipts', '--json', '--state', state],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(RECEIPT, JSON.parse(line)));
}
