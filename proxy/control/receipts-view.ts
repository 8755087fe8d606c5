import { randomBytes } from 'node:crypto';
import type { Answer, ShownReceipt } from '../../shared/control/api.ts';
import type { Receipt } from '../../shared/submission/receipt.ts';
import { completeSince } from '../submission/complete-since.ts';
import { receiptFiles } from '../submission/receipt-files.ts';
import { DEFAULT_LIMITS, type ReceiptLimits } from '../submission/receipt-upkeep.ts';
import type { Receipts } from '../submission/receipts.ts';
import { LoadedReceipts } from './loaded-receipts.ts';

/** A proxy that nobody asks shall hold no receipts in memory. */
const IDLE_MS = 10 * 60_000;

/** So many go into one answer, which is then some 500 KB. */
const ANSWER_RECEIPTS = 500;

const DAY_MS = 24 * 60 * 60_000;

export type ReceiptsViewOptions = {
  readonly limits?: ReceiptLimits;
};

/**
 * What became of messages, for those who ask the running proxy. The files are read when somebody
 * asks, and then only what was added to them.
 */
export class ReceiptsView {
  readonly #folder: string;
  readonly #receipts: Pick<Receipts, 'deleteAll'>;
  readonly #limits: ReceiptLimits;
  #loaded: { readonly epoch: string; readonly receipts: LoadedReceipts } | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    folder: string,
    receipts: Pick<Receipts, 'deleteAll'>,
    { limits = DEFAULT_LIMITS }: ReceiptsViewOptions = {},
  ) {
    this.#folder = folder;
    this.#receipts = receipts;
    this.#limits = limits;
  }

  /** What is new or another since; all of it when that was another epoch's. */
  async changedAfter(after?: {
    readonly epoch: string;
    readonly at: number;
  }): Promise<Answer<'receipts'>> {
    const { epoch, receipts } = this.#load();
    await receipts.readOn();
    const known = after?.epoch === epoch ? after.at : 0;
    const changed = receipts.changedAfter(known, ANSWER_RECEIPTS);
    const upTo = changed.at(-1)?.change ?? known;
    return {
      epoch,
      receipts: changed.map(({ receipt }) => shownReceipt(receipt)),
      upTo,
      more: upTo < receipts.latestChange,
    };
  }

  /** What became of messages whose markers had these ids, as far as receipts go back. */
  async outcomes(ids: readonly string[]): Promise<Answer<'outcomes'>> {
    const { receipts } = this.#load();
    await receipts.readOn();
    const since = await completeSince(this.#folder, new Date().toISOString());
    const asked = new Set(ids);
    const found = receipts.where(({ markerId }) => markerId !== undefined && asked.has(markerId));
    return {
      receipts: found.map(shownReceipt),
      completeSince: since > receipts.droppedUpTo ? since : receipts.droppedUpTo,
    };
  }

  /** The latest message from an address that the server took. */
  async lastFrom(
    address: string,
  ): Promise<{ readonly time: string; readonly server: string } | undefined> {
    const { receipts } = this.#load();
    await receipts.readOn();
    const sender = address.toLowerCase();
    const [latest] = receipts
      .where((receipt) => receipt.outcome === 'relayed' && receipt.sender.toLowerCase() === sender)
      .toSorted((a, b) => (a.time < b.time ? 1 : -1));
    return latest && { time: latest.time, server: latest.server };
  }

  /** What is kept, where, and for how long. */
  async storage(): Promise<Answer<'storage'>> {
    const files = await receiptFiles(this.#folder);
    return {
      folder: this.#folder,
      octets: files.reduce((sum, { octets }) => sum + octets, 0),
      keptDays: Math.round(this.#limits.ageMs / DAY_MS),
      keptOctets: this.#limits.allOctets,
    };
  }

  /** Removes all receipts but those of messages that are on their way. */
  async deleteAll(): Promise<void> {
    try {
      await this.#receipts.deleteAll();
    } finally {
      this.close();
    }
  }

  /** Forgets what was read. It is read again when somebody asks. */
  close(): void {
    clearTimeout(this.#idle);
    this.#loaded = undefined;
  }

  #load() {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    this.#loaded ??= {
      epoch: randomBytes(12).toString('base64url'),
      receipts: new LoadedReceipts(this.#folder),
    };
    return this.#loaded;
  }
}

function shownReceipt(receipt: Receipt): ShownReceipt {
  return { ...receipt, domains: [...receipt.domains] };
}
