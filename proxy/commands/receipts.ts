import { setTimeout as pause } from 'node:timers/promises';
import {
  receiptAfter,
  RECEIPT_VERSION,
  type Receipt,
  type ReceiptEvent,
} from '../../shared/submission/receipt.ts';
import { ConfigurationError } from '../config-file.ts';
import { stateFolderFrom, type Flags } from '../config.ts';
import { codeOf, messageOf } from '../error-message.ts';
import { EX_OK, EX_USAGE } from '../exit-status.ts';
import { ReceiptReader } from '../submission/receipt-reader.ts';
import type { Terminal } from '../terminal.ts';
import { momentFrom } from './moment.ts';
import { tableHead, tableRow } from './receipt-table.ts';
import { deleteReceipts } from './receipts-delete.ts';
import { openReceiptsPage } from './receipts-page.ts';

export type ReceiptsFlags = Pick<Flags, 'config' | 'state' | 'control'> & {
  readonly open?: true;
  readonly delete?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly follow?: true;
  readonly since?: string;
};

/** How often the files are looked at for something new. */
const FOLLOW_MS = 250;

/**
 * Shows what became of the messages that were handed to the proxy, the oldest first; with
 * `--follow` also what comes, until it is told to stop or nobody reads it any more. Or opens the
 * page that shows it in a browser, or deletes it all.
 *
 * @throws ConfigurationError
 */
export async function receipts(flags: ReceiptsFlags, terminal: Terminal): Promise<number> {
  if (flags.delete === true) return await deleteReceipts(flags, terminal);
  if (flags.yes === true) {
    terminal.err.write('requiretls: --yes goes with --delete.\n');
    return EX_USAGE;
  }
  if (flags.open === true) return await openReceiptsPage(flags, terminal);
  const since = flags.since === undefined ? 0 : momentFrom(flags.since, Date.now());
  if (since === undefined) {
    terminal.err.write(
      `requiretls: --since: "${flags.since}" is neither today, nor such as 2h or 3d, nor such as 2026-11-22 or 2026-11-22T08:30\n`,
    );
    return EX_USAGE;
  }
  const folder = stateFolderFrom(flags, terminal.defaultConfigFile);
  const reader = new ReceiptReader(folder);
  const book = new ReceiptBook(new Date(since).toISOString());
  const show = shownOn(terminal, flags);
  const stopping = new AbortController();
  if (flags.follow === true) void terminal.stopRequested().then(() => stopping.abort());

  const unreadable = await readInto(book, reader, folder);
  const first = book.takeChanged();
  first.forEach(show);
  terminal.err.write(unreadableInWords(unreadable, folder));
  if (first.length === 0) {
    const isData = flags.json !== true && flags.follow !== true;
    (isData ? terminal.out : terminal.err).write(noneInWords(flags, folder));
  }
  while (flags.follow === true && !stopping.signal.aborted && terminal.out.writable) {
    await pause(FOLLOW_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    await readInto(book, reader, folder);
    book.takeChanged().forEach(show);
  }
  return EX_OK;
}

/** @returns how many lines are none */
async function readInto(book: ReceiptBook, reader: ReceiptReader, folder: string) {
  let unreadable = 0;
  try {
    for await (const line of reader.unread()) {
      if (line.kind === 'event') book.note(line.event);
      else unreadable += 1;
    }
  } catch (error) {
    if (codeOf(error) === '') throw error;
    throw new ConfigurationError(`cannot read the receipts in ${folder}: ${messageOf(error)}`);
  }
  return unreadable;
}

function shownOn({ out, columns }: Terminal, { json }: ReceiptsFlags): (receipt: Receipt) => void {
  if (json === true) return (receipt) => void out.write(jsonLine(receipt));
  let isFirst = true;
  return (receipt) => {
    out.write((isFirst ? tableHead(columns) : '') + tableRow(receipt, columns));
    isFirst = false;
  };
}

function jsonLine(receipt: Receipt): string {
  return `${JSON.stringify({ version: RECEIPT_VERSION, ...receipt })}\n`;
}

function noneInWords({ since }: ReceiptsFlags, folder: string): string {
  return since === undefined
    ? `There are no receipts in ${folder} yet. The proxy writes one for each message.\n`
    : `There are no receipts since ${since} in ${folder}.\n`;
}

function unreadableInWords(count: number, folder: string): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? 'line' : 'lines'} in ${folder} could not be read and ${count === 1 ? 'is' : 'are'} left out: a full disk or a crash leaves half a line.\n`;
}

/** Puts events together to receipts; remembers only those that may still change. */
class ReceiptBook {
  readonly #since: string;
  readonly #receipts = new Map<string, Receipt>();
  readonly #changed = new Set<string>();

  constructor(since: string) {
    this.#since = since;
  }

  note(event: ReceiptEvent): void {
    const before = this.#receipts.get(event.id);
    const receipt = receiptAfter(before, event);
    if (receipt === undefined || receipt.time < this.#since) return;
    this.#receipts.set(event.id, receipt);
    if (receipt !== before) this.#changed.add(event.id);
  }

  /** What is new or another since it was asked last, the oldest first. */
  takeChanged(): readonly Receipt[] {
    const changed = [...this.#changed].flatMap((id) => this.#receipts.get(id) ?? []);
    this.#changed.clear();
    for (const { id, outcome } of changed) {
      if (outcome === 'relayed' || outcome === 'refused') this.#receipts.delete(id);
    }
    return changed.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }
}
