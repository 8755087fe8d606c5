import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { receiptFiles, type ReceiptFile } from './receipt-files.ts';
import { linesOf, type ReadLine } from './receipt-reader.ts';

export type OfferedEvent = Extract<ReceiptEvent, { event: 'offered' }>;
type AnsweredEvent = Extract<ReceiptEvent, { event: 'answered' }>;

/** How much is kept, in one file and in all, and for how long. */
export type ReceiptLimits = {
  readonly fileOctets: number;
  readonly allOctets: number;
  readonly ageMs: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Some twenty thousand messages. */
export const DEFAULT_LIMITS: ReceiptLimits = {
  fileOctets: 4 * 1024 * 1024,
  allOctets: 16 * 1024 * 1024,
  ageMs: 100 * DAY_MS,
};

/** A file is set aside after a tenth of the time that receipts are kept. */
export function fileAgeMs({ ageMs }: ReceiptLimits): number {
  return ageMs / 10;
}

/** What was offered and not answered, in all files. */
export async function unansweredIn(folder: string): Promise<readonly OfferedEvent[]> {
  const waiting = new Map<string, OfferedEvent>();
  for (const file of await receiptFiles(folder)) {
    for await (const line of linesOf(file.name)) note(waiting, line);
  }
  return [...waiting.values()];
}

/** The files that are too many or too old, the oldest first; never the one being written to. */
export async function surplusFiles(
  folder: string,
  limits: ReceiptLimits,
  now: number,
): Promise<readonly ReceiptFile[]> {
  const files = await receiptFiles(folder);
  // Room is left for the one being written to.
  let surplus = files.reduce((sum, { octets }) => sum + octets, 0);
  surplus -= limits.allOctets - limits.fileOctets;
  // It spans up to one age of a file, and the next one may be looked at another one later.
  const kept = limits.ageMs - 2 * fileAgeMs(limits);
  return files.filter(({ lastAt, octets }) => {
    if (lastAt === undefined) return false;
    const goes = surplus > 0 || lastAt < now - kept;
    if (goes) surplus -= octets;
    return goes;
  });
}

/** All files but the one that is written to, the oldest first. */
export async function olderFiles(folder: string): Promise<readonly ReceiptFile[]> {
  return (await receiptFiles(folder)).filter(({ lastAt }) => lastAt !== undefined);
}

/** The answers to some submissions, in the order in which they came. */
export async function answersTo(
  folder: string,
  ids: ReadonlySet<string>,
): Promise<readonly AnsweredEvent[]> {
  const answers: AnsweredEvent[] = [];
  if (ids.size === 0) return answers;
  for (const { name } of await receiptFiles(folder)) {
    for await (const line of linesOf(name)) {
      if (line.kind === 'unreadable' || line.event.event !== 'answered') continue;
      if (ids.has(line.event.id)) answers.push(line.event);
    }
  }
  return answers;
}

/** What was offered in these files, the oldest of a folder, and is still not answered. */
export async function unansweredFrom(
  folder: string,
  oldest: readonly ReceiptFile[],
): Promise<readonly OfferedEvent[]> {
  const waiting = new Map<string, OfferedEvent>();
  for (const { name } of oldest) {
    for await (const line of linesOf(name)) note(waiting, line);
  }
  const names = oldest.map(({ name }) => name);
  for (const { name } of await receiptFiles(folder)) {
    if (waiting.size === 0) break; // as a rule all answers come soon
    if (names.includes(name)) continue;
    for await (const line of linesOf(name)) {
      if (line.kind === 'event') waiting.delete(line.event.id);
      if (waiting.size === 0) break;
    }
  }
  return [...waiting.values()];
}

function note(waiting: Map<string, OfferedEvent>, line: ReadLine): void {
  if (line.kind === 'unreadable') return;
  if (line.event.event === 'offered') waiting.set(line.event.id, line.event);
  else waiting.delete(line.event.id);
}
