import type { Logger } from 'pino';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { printable } from '../printable.ts';
import { newSubmissionId, type Receipts } from './receipts.ts';
import type { KnownSubmission } from './submission-facts.ts';
import type { Handover } from './transaction.ts';

/** Where receipts go. */
export type ReceiptBook = Pick<Receipts, 'offered' | 'answered' | 'refused'>;

/** For the demo, which leaves nothing behind. */
export const NO_RECEIPTS: ReceiptBook = {
  offered: () => Promise.resolve(),
  answered: () => undefined,
  refused: () => undefined,
};

/** What becomes of one submission: in the receipts for people, and as one line of the log. */
export class SubmissionRecord {
  readonly #receipts: ReceiptBook;
  readonly #log: Logger;
  #known: KnownSubmission;
  #isOffered = false;

  constructor(
    submission: Pick<KnownSubmission, 'server' | 'envelope'>,
    receipts: ReceiptBook,
    log: Logger,
  ) {
    this.#known = { id: newSubmissionId(), ...submission };
    this.#receipts = receipts;
    this.#log = log;
  }

  /** Facts as they become known on the way. */
  learn(facts: Pick<KnownSubmission, 'header' | 'asked' | 'session' | 'adding'>): void {
    this.#known = { ...this.#known, ...facts };
  }

  /** @throws Error when it is not on the disk: then the final dot must not be sent */
  async offered(): Promise<void> {
    await this.#receipts.offered(this.#known);
    this.#isOffered = true;
  }

  /** Nothing of it was delivered to anybody, for a reason of ours. */
  refused(reply: SmtpReply): SmtpReply {
    this.#receipts.refused(this.#known, reply);
    this.#log.info({ event: 'submission', outcome: 'refused', reply: printable(String(reply)) });
    return reply;
  }

  /** @param reply what the mail program is told */
  handedOver(handover: Handover, reply: SmtpReply): SmtpReply {
    if (this.#isOffered) {
      const outcome = handover.kind === 'not sent' ? 'refused' : handover.kind;
      this.#receipts.answered(this.#known, outcome, reply);
    } else {
      this.#receipts.refused(this.#known, reply);
    }
    const { asked, adding, envelope } = this.#known;
    this.#log.info({
      event: 'submission',
      outcome: handover.kind,
      requirement: asked?.requirement,
      by: asked?.by,
      marker: asked?.markerId,
      adding,
      recipients: envelope.rcpt.length,
      // Not its text, which may name recipients.
      code: `${reply.code} ${reply.enhancedCode}`.trim(),
      ...('reason' in handover ? { reason: printable(handover.reason) } : {}),
    });
    return reply;
  }

  /** The answer came after all, to nobody but us. */
  corrected(handover: Handover, reply: SmtpReply): void {
    if (handover.kind !== 'relayed' && handover.kind !== 'refused') return;
    this.#receipts.answered(this.#known, handover.kind, reply);
    this.#log.info({ event: 'late-answer', outcome: handover.kind, code: reply.code });
  }
}
