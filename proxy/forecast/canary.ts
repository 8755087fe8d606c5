import { type DnsMessage, type Question, RCODES, TYPES } from './dns-message.ts';

/** The root zone is signed since 2010: a resolver that validates says so of its SOA. */
const ROOT_SOA: Question = { name: '', type: TYPES.SOA, checkingDisabled: false };

/** A computer moves from network to network, and its resolver's word with it. */
const BELIEVED_MS = 600_000;
const NOT_BELIEVED_MS = 60_000;

/**
 * Whether the AD bit of a resolver means something. Many never set it, and systemd-resolved takes
 * it away where it does not validate itself: without this question each such answer would look
 * like one from an unsigned zone.
 */
export class Canary {
  readonly #ask: (question: Question, signal: AbortSignal) => Promise<DnsMessage>;
  readonly #now: () => number;
  #known: { readonly sets: boolean; readonly until: number } | undefined;
  #asking: Promise<boolean> | undefined;

  /** @param now milliseconds, monotonic */
  constructor(
    ask: (question: Question, signal: AbortSignal) => Promise<DnsMessage>,
    now: () => number = () => performance.now(),
  ) {
    this.#ask = ask;
    this.#now = now;
  }

  /** @throws Error when the resolver does not answer; the signal's reason when it is late */
  async setsAuthentic(signal: AbortSignal): Promise<boolean> {
    const known = this.#known;
    if (known !== undefined && this.#now() < known.until) return known.sets;
    // The one who asks for all others may have less time than they: then they ask again.
    this.#asking ??= this.#find(signal).finally(() => (this.#asking = undefined));
    return await this.#asking;
  }

  /** After a fault the network may be another one. */
  forget(): void {
    this.#known = undefined;
  }

  async #find(signal: AbortSignal): Promise<boolean> {
    const { isAuthentic, rcode, answers } = await this.#ask(ROOT_SOA, signal);
    const isThere = answers.some(({ name, type }) => name === '' && type === TYPES.SOA);
    const sets = isAuthentic && rcode === RCODES.NOERROR && isThere;
    const until = this.#now() + (sets ? BELIEVED_MS : NOT_BELIEVED_MS);
    this.#known = { sets, until };
    return sets;
  }
}
