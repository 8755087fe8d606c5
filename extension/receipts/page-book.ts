import type { ShownReceipt } from '../../shared/control/api.ts';
import type { ReceiptsAnswer } from './page-surroundings.ts';

/** The proxy holds as many. */
const MAX_RECEIPTS = 20_000;

/** The receipts that the page knows, the newest first. */
export class ReceiptBook {
  readonly #known = new Map<string, ShownReceipt>();
  #newestFirst: readonly ShownReceipt[] = [];
  #upTo: { readonly epoch: string; readonly at: number } | undefined;

  /** What to ask for receipts after. */
  get upTo(): { readonly epoch: string; readonly at: number } | undefined {
    return this.#upTo;
  }

  get newestFirst(): readonly ShownReceipt[] {
    return this.#newestFirst;
  }

  /** @returns whether anything is another than before */
  note({ epoch, receipts, upTo }: ReceiptsAnswer): boolean {
    const isOtherEpoch = this.#upTo !== undefined && this.#upTo.epoch !== epoch;
    if (isOtherEpoch) this.#known.clear();
    this.#upTo = { epoch, at: upTo };
    if (!isOtherEpoch && receipts.length === 0) return false;

    for (const receipt of receipts) {
      this.#known.delete(receipt.id); // put in again, it stands last
      this.#known.set(receipt.id, receipt);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MAX_RECEIPTS) break;
      this.#known.delete(id);
    }
    this.#newestFirst = [...this.#known.values()].toSorted((a, b) =>
      a.time === b.time ? compared(b.id, a.id) : compared(b.time, a.time),
    );
    return true;
  }
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
