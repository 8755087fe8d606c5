import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { receiptLine } from '../../shared/submission/receipt-line.ts';
import type { Outcome, ReceiptEvent, ReceiptReply } from '../../shared/submission/receipt.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { AppendedFile } from './appended-file.ts';
import { beginCompleteSince } from './complete-since.ts';
import { ReceiptFaults } from './receipt-faults.ts';
import { ReceiptRemoval } from './receipt-removal.ts';
import { DEFAULT_LIMITS, unansweredIn, type ReceiptLimits } from './receipt-upkeep.ts';
import { keptReply, submissionFacts, type KnownSubmission } from './submission-facts.ts';

/** Answers that cannot be written wait in memory until there is room; of more the oldest go. */
const MAX_WAITING_ANSWERS = 1000;

/** How long an answer waits for others, to share their write. */
const ANSWER_MS = 20;

type Entry = {
  readonly line: string;
  /** Whether it and what comes after it stand in another file than what came before. */
  readonly afresh?: true;
  /** Absent where nobody waits: an answer. */
  readonly settle?: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
};

export type ReceiptsOptions = {
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly limits?: ReceiptLimits;
};

const PROCESS_TAG = randomBytes(9).toString('base64url');
let submissions = 0;

/** Tells submissions apart, also those of several proxies and after a restart. */
export function newSubmissionId(): string {
  submissions += 1;
  return `${PROCESS_TAG}-${submissions.toString(36)}`;
}

/**
 * Writes down what becomes of each submission, one JSON line for each event, into files that are
 * only ever appended to: a crash leaves *unknown*, not silence.
 *
 *     await receipts.offered(submission);             // between the last octet and the final dot
 *     receipts.answered(submission, outcome, reply);  // once the server answered, or did not
 *     receipts.refused(submission, reply);            // instead of both: refused before the dot
 *
 * Several proxies may share a folder without a lock: each appends whole lines in single writes,
 * no file is ever written anew, and one that is full is set aside under a name of its own. What
 * another proxy waits for is declared *unknown* by one that starts, and the answer corrects it.
 */
export class Receipts {
  readonly #file: AppendedFile;
  readonly #options: Required<ReceiptsOptions>;
  readonly #faults: ReceiptFaults;
  readonly #removal: ReceiptRemoval;
  readonly #unanswered: string[] = [];
  #queue: Entry[] = [];
  #flushing: Promise<void> | undefined;
  #soon: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(
    folder: string,
    file: AppendedFile,
    options: Required<ReceiptsOptions>,
    faults: ReceiptFaults,
  ) {
    this.#file = file;
    this.#options = options;
    this.#faults = faults;
    this.#removal = new ReceiptRemoval({
      folder,
      beginAnotherFile: () => this.#write('', { afresh: true }),
      writeAgain: (event) => this.#write(receiptLine(event)),
    });
  }

  /**
   * Opens the receipts of a state folder, which is made where there is none.
   *
   * @throws StateFolderUnfit with a sentence that says what helps; Error when the system fails
   */
  static async open(folder: string, given: ReceiptsOptions): Promise<Receipts> {
    const options = { now: Date.now, limits: DEFAULT_LIMITS, ...given };
    const faults = new ReceiptFaults(options.log);
    const onFault = (error: unknown) => faults.tell(error);
    const file = await AppendedFile.open({ folder, onFault, ...options });
    await beginCompleteSince(folder, new Date(options.now()).toISOString());
    const receipts = new Receipts(folder, file, options, faults);
    for (const { id } of await unansweredIn(folder)) receipts.#unanswered.push(id);
    receipts.#dropSurplus();
    return receipts;
  }

  /**
   * Writes that what was offered before we started, and never answered, is `unknown`. To be called
   * once it is sure that this proxy runs: one that finds its port taken has nothing to say.
   */
  async declareUnanswered(): Promise<void> {
    for (const id of this.#unanswered.splice(0)) this.#addAnswer(id, 'unknown', undefined);
    this.#flushAnswers();
    await this.#flushing;
  }

  /**
   * Writes that a submission is about to be the server's: all of it was sent but the final dot.
   * Many at once share one write and one sync.
   *
   * @throws Error when it is not on the disk. Then the dot must not be sent and `refused` is to
   * be called, since the line may stand in the file in spite of it. The next one may succeed
   */
  offered(submission: KnownSubmission): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the receipts are closed'));
    const facts = submissionFacts(submission, this.#options.now());
    const line = receiptLine({ version: 1, event: 'offered', ...facts });
    return new Promise((resolve, reject) => this.#push({ line, settle: { resolve, reject } }));
  }

  /**
   * Writes what the server made of an offered submission, as soon as may be; never throws. It
   * may be called again, when an answer comes after `unknown` was said.
   *
   * @param reply what the mail program was told, or would have been
   */
  answered(submission: KnownSubmission, outcome: Outcome, reply: SmtpReply): void {
    this.#addAnswer(submission.id, outcome, keptReply(reply, submission));
  }

  /** Writes that a submission was refused before the final dot; never throws. */
  refused(submission: KnownSubmission, reply: SmtpReply): void {
    const facts = submissionFacts(submission, this.#options.now());
    const kept = keptReply(reply, submission);
    this.#add({ version: 1, event: 'refused', ...facts, reply: kept });
  }

  /**
   * Removes all receipts but those of messages that are on their way: what was offered and is not
   * answered is written once more, and the files that held it go after that, the oldest first. A
   * crash on the way leaves receipts that can be deleted again, and none that says something
   * else than before.
   *
   * What another proxy on the same folder writes in this very moment may go with them.
   *
   * @throws Error when the system fails; then some or all are still there
   */
  async deleteAll(): Promise<void> {
    if (this.#isClosed) throw new Error('the receipts are closed');
    await this.#removal.removeAll(this.#options.now);
  }

  /** Writes what is still to be written, and ends. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#soon);
    await this.#removal.ended();
    await this.#flushing;
    if (this.#queue.length > 0) await this.#flush();
    await this.#file.close();
  }

  #addAnswer(id: string, outcome: Outcome, reply: ReceiptReply | undefined): void {
    const time = new Date(this.#options.now()).toISOString();
    this.#add({ version: 1, event: 'answered', id, time, outcome, reply });
  }

  #add(event: ReceiptEvent): void {
    const line = receiptLine(event);
    if (this.#isClosed) this.#faults.tell(new Error('an answer came after the end'));
    else this.#push({ line });
  }

  /** Somebody waits for an entry that is to be synced; an answer may go with the next of them. */
  #push(entry: Entry): void {
    this.#queue.push(entry);
    if (entry.settle !== undefined) this.#flushing ??= this.#flushSoon();
    else this.#soon ??= setTimeout(() => this.#flushAnswers(), ANSWER_MS);
  }

  #flushAnswers(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (this.#queue.length > 0) this.#flushing ??= this.#flush();
  }

  /** What comes in the same turn of the event loop goes along. */
  async #flushSoon(): Promise<void> {
    await setImmediate();
    await this.#flush();
  }

  /** While one batch is written and synced, the next one gathers. */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = await this.#begun(this.#queue.splice(0));
      if (batch.length === 0) continue;
      const awaited = batch.flatMap(({ settle }) => settle ?? []);
      try {
        const lines = batch.map(({ line }) => line);
        const { begun } = await this.#file.append(lines, awaited.length > 0);
        for (const { resolve } of awaited) resolve();
        this.#faults.over();
        if (begun) this.#dropSurplus();
      } catch (error) {
        for (const { reject } of awaited) reject(error);
        this.#faults.tell(error);
        const answers = batch.filter(({ settle }) => settle === undefined);
        const untried = this.#queue;
        this.#queue = [...answers.slice(-MAX_WAITING_ANSWERS), ...untried];
        if (untried.length === 0) break; // answers are tried again with whatever comes next
      }
    }
    this.#flushing = undefined;
  }

  /** @returns what is left to be written: where no other file can be begun, nobody else pays */
  async #begun(batch: readonly Entry[]): Promise<readonly Entry[]> {
    const beginning = batch.filter(({ afresh }) => afresh === true);
    if (beginning.length === 0) return batch;
    try {
      await this.#file.beginAnother();
      return batch;
    } catch (error) {
      for (const { settle } of beginning) settle?.reject(error);
      return batch.filter(({ afresh }) => afresh !== true);
    }
  }

  #dropSurplus(): void {
    const { limits, now } = this.#options;
    this.#removal.removeSurplus(limits, now()).catch((error: unknown) => this.#faults.tell(error));
  }

  /** Writes a line and syncs it. */
  #write(line: string, how: Pick<Entry, 'afresh'> = {}): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#push({ line, ...how, settle: { resolve, reject } }),
    );
  }
}
