import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { noteCompleteSince } from './complete-since.ts';
import { removeFile, type ReceiptFile } from './receipt-files.ts';
import {
  answersTo,
  olderFiles,
  surplusFiles,
  unansweredFrom,
  type ReceiptLimits,
} from './receipt-upkeep.ts';

type RemovalOptions = {
  readonly folder: string;
  /** Sets the file that is written to aside, and begins another one. */
  readonly beginAnotherFile: () => Promise<void>;
  /** Writes an event into the file that is written to, and syncs it. */
  readonly writeAgain: (event: ReceiptEvent) => Promise<void>;
};

/**
 * Removes files of receipts, but nothing that is not answered yet: what was offered is written once
 * more before its file goes. A crash on the way leaves receipts that can be removed again, and
 * none that says something else than before.
 */
export class ReceiptRemoval {
  readonly #options: RemovalOptions;
  /** One at a time: what one carries over, another one must not remove. */
  #removing: Promise<void> | undefined;

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  /** Removes files that are too many or too old. While something is being removed, it does nothing. */
  async removeSurplus(limits: ReceiptLimits, now: number): Promise<void> {
    if (this.#removing !== undefined) return;
    const { folder } = this.#options;
    await this.#inTurn(async () => {
      const surplus = await surplusFiles(folder, limits, now);
      const lastAt = Math.max(...surplus.map((file) => file.lastAt ?? 0));
      await this.#remove(surplus, lastAt);
    });
  }

  /**
   * Removes all that was written up to now.
   *
   * @param now asked once that is set aside
   */
  async removeAll(now: () => number): Promise<void> {
    const { folder, beginAnotherFile } = this.#options;
    await this.#inTurn(async () => {
      await beginAnotherFile();
      await this.#remove(await olderFiles(folder), now());
    });
  }

  /** Comes back when nothing is being removed any more. */
  async ended(): Promise<void> {
    await this.#removing;
  }

  async #inTurn(remove: () => Promise<void>): Promise<void> {
    const removing = (this.#removing ?? Promise.resolve()).then(remove);
    const ended = removing
      .catch(() => undefined) // told to whom it was asked by
      .finally(() => {
        if (this.#removing === ended) this.#removing = undefined;
      });
    this.#removing = ended;
    await removing;
  }

  /**
   * @param files the oldest of the folder: an answer never goes before its question
   * @param lastAt when something was written to one of them last
   */
  async #remove(files: readonly ReceiptFile[], lastAt: number): Promise<void> {
    if (files.length === 0) return;
    const { folder, writeAgain } = this.#options;
    const unanswered = await unansweredFrom(folder, files);
    await Promise.all(unanswered.map(writeAgain));
    // One may have been answered since: the answer has to stand behind its question.
    const answers = await answersTo(folder, new Set(unanswered.map(({ id }) => id)));
    await Promise.all(answers.map(writeAgain));
    await noteCompleteSince(folder, new Date(lastAt).toISOString());
    for (const file of files) await removeFile(file);
  }
}
