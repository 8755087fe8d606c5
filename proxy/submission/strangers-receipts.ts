import type { ReceiptBook } from './submission-record.ts';

/** More than a person tries who has set no login in the mail program. */
const REFUSALS_AN_HOUR = 20;
const HOUR_MS = 3_600_000;

/**
 * The receipts of mail programs that did not log in. Any program on this computer can have messages
 * refused without end, and each receipt pushes an older one out: of those refusals only so many
 * are kept. What goes to the server always is.
 */
export class StrangersReceipts implements ReceiptBook {
  readonly #receipts: ReceiptBook;
  readonly #nowMs: () => number;
  #refusedMs: number[] = [];

  /** @param nowMs monotonic: a clock that is set must not forget */
  constructor(receipts: ReceiptBook, nowMs: () => number = () => performance.now()) {
    this.#receipts = receipts;
    this.#nowMs = nowMs;
  }

  offered(...told: Parameters<ReceiptBook['offered']>): Promise<void> {
    return this.#receipts.offered(...told);
  }

  answered(...told: Parameters<ReceiptBook['answered']>): void {
    this.#receipts.answered(...told);
  }

  refused(...told: Parameters<ReceiptBook['refused']>): void {
    const now = this.#nowMs();
    this.#refusedMs = this.#refusedMs.filter((ms) => ms > now - HOUR_MS);
    if (this.#refusedMs.length >= REFUSALS_AN_HOUR) return; // it stands in the log
    this.#refusedMs.push(now);
    this.#receipts.refused(...told);
  }
}
