import { receiptAfter, type Receipt } from '../../shared/submission/receipt.ts';
import { ReceiptReader } from '../submission/receipt-reader.ts';

/** Some 40 MB in memory. The files hold about as many. */
const MAX_RECEIPTS = 20_000;

type Change = {
  readonly receipt: Receipt;
  /** Counted since the first one was read: who knows one number can ask for later ones. */
  readonly change: number;
};

/** The receipts of a folder in memory, the longest unchanged first. */
export class LoadedReceipts {
  readonly #reader: ReceiptReader;
  readonly #known = new Map<string, Change>();
  #latestChange = 0;
  #droppedUpTo = '';
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(folder: string) {
    this.#reader = new ReceiptReader(folder);
  }

  get latestChange(): number {
    return this.#latestChange;
  }

  /** Of earlier messages there may be receipts that are not held here; empty when all are. */
  get droppedUpTo(): string {
    return this.#droppedUpTo;
  }

  /** Reads what was added to the files up to now. Those who ask at once share the reading. */
  readOn(): Promise<void> {
    if (this.#reading === undefined) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    // The one under way may have passed the place where something was added meanwhile.
    this.#next ??= this.#reading
      .catch(() => undefined) // told to those who wait for it
      .then(() => {
        this.#next = undefined;
        return this.readOn();
      });
    return this.#next;
  }

  /** @param limit at most so many, the longest unchanged of them */
  changedAfter(change: number, limit: number): readonly Change[] {
    if (change >= this.#latestChange) return [];
    const later: Change[] = [];
    for (const known of this.#known.values()) {
      if (known.change > change) later.push(known);
      if (later.length === limit) break;
    }
    return later;
  }

  where(isWanted: (receipt: Receipt) => boolean): readonly Receipt[] {
    return [...this.#known.values()].map(({ receipt }) => receipt).filter(isWanted);
  }

  async #read(): Promise<void> {
    for await (const line of this.#reader.unread()) {
      if (line.kind === 'unreadable') continue;
      const { id } = line.event;
      const before = this.#known.get(id)?.receipt;
      const receipt = receiptAfter(before, line.event);
      if (receipt === undefined || receipt === before) continue;
      this.#latestChange += 1;
      this.#known.delete(id); // put in again, it stands last
      this.#known.set(id, { receipt, change: this.#latestChange });
      if (this.#known.size > MAX_RECEIPTS) this.#dropOldest();
    }
  }

  #dropOldest(): void {
    for (const [id, { receipt }] of this.#known) {
      this.#known.delete(id);
      if (receipt.time > this.#droppedUpTo) this.#droppedUpTo = receipt.time;
      return;
    }
  }
}
