import { beforeAbort, withinMs } from './before-abort.ts';
import { type DnsMessage, type Question, RCODES, TYPES } from './dns-message.ts';

/** The root zone is signed since 2010: a resolver that validates says so of its SOA. */
const ROOT_SOA: Question = { name: '', type: TYPES.SOA, checkingDisabled: false };

/** A computer moves from network to network, and its resolver's word with it. */
export const BELIEVED_MS = 600_000;
const NOT_BELIEVED_MS = 60_000;

const TRY_MS = 2000;

/**
 * Whether the AD bit of a resolver means something. Many never set it, and systemd-resolved takes
 * it away where it does not validate itself: without this question each such answer would look
 * like one from an unsigned zone.
 */
export class Canary {
  readonly #ask: (question: Question, signal: AbortSignal) => Promise<DnsMessage>;
  readonly #closed: AbortSignal;
  #known: { readonly sets: boolean; readonly askedAt: number } | undefined;
  #asking: Promise<boolean> | undefined;

  /** @param closed when nobody is asked any more */
  constructor(
    ask: (question: Question, signal: AbortSignal) => Promise<DnsMessage>,
    closed: AbortSignal,
  ) {
    this.#ask = ask;
    this.#closed = closed;
  }

  /**
   * @param believedMs how long ago it may have been asked, where it did set the bit
   * @throws Error when the resolver does not answer; the signal's reason when it is late
   */
  async setsAuthentic(signal: AbortSignal, believedMs = BELIEVED_MS): Promise<boolean> {
    const known = this.#known;
    if (known !== undefined) {
      const lifeMs = known.sets ? believedMs : NOT_BELIEVED_MS;
      if (performance.now() < known.askedAt + lifeMs) return known.sets;
    }
    return await beforeAbort<boolean>(signal, (resolve, reject) => {
      this.#asking ??= this.#find().finally(() => (this.#asking = undefined));
      this.#asking.then(resolve, reject);
    });
  }

  /** After a fault the network may be another one. */
  forget(): void {
    this.#known = undefined;
  }

  /** Whoever asked first may have less time than those who wait with it. */
  async #find(): Promise<boolean> {
    this.forget(); // whatever comes of this
    const askedAt = performance.now();
    const { isAuthentic, rcode, answers } = await this.#askTwice();
    const isThere = answers.some(({ name, type }) => name === '' && type === TYPES.SOA);
    const sets = isAuthentic && rcode === RCODES.NOERROR && isThere;
    this.#known = { sets, askedAt };
    return sets;
  }

  async #askTwice(): Promise<DnsMessage> {
    const once = async () =>
      await withinMs(TRY_MS, this.#closed, async (signal) => this.#ask(ROOT_SOA, signal));
    return await once().catch(once);
  }
}
