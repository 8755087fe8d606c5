import type { Logger } from 'pino';
import { messageOf } from '../error-message.ts';

/** Says once that receipts cannot be written, and once that they can be again. */
export class ReceiptFaults {
  readonly #log: Logger;
  #told: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(error: unknown): void {
    const reason = messageOf(error);
    if (reason === this.#told) return;
    this.#told = reason;
    this.#log.error({ event: 'receipts', written: false, reason });
  }

  over(): void {
    if (this.#told === undefined) return;
    this.#told = undefined;
    this.#log.info({ event: 'receipts', written: true });
  }
}
