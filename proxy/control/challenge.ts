import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** So long a challenge may be answered. */
export const CHALLENGE_MS = 30_000;

/** More proved questions at once come from nobody who means it. */
const MAX_SPENT = 10_000;

const RANDOM_OCTETS = 16;
const TIME_OCTETS = 8;

/**
 * Gives out challenges, and says whether a question holds one that is still good.
 *
 * Nothing is kept of a challenge that was given out: whoever asks for a million of them takes no
 * memory. It carries its time, and a proof that it is ours with a key of this process, so that a
 * question from before a restart is none. Only the spent ones are kept, until they are too old
 * anyway.
 */
export class Challenges {
  readonly #key = randomBytes(32);
  readonly #now: () => number;
  /** Until when each is remembered, the oldest first. */
  readonly #spent = new Map<string, number>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  give(): string {
    const content = Buffer.alloc(RANDOM_OCTETS + TIME_OCTETS);
    randomBytes(RANDOM_OCTETS).copy(content);
    content.writeDoubleBE(this.#now(), RANDOM_OCTETS);
    return Buffer.concat([content, this.#seal(content)]).toString('base64url');
  }

  /**
   * Takes a challenge that stands in a question: good once, and only if it is ours and not too
   * old. To be called for questions that are proved, since it takes memory.
   */
  spend(challenge: string): boolean {
    const now = this.#now();
    const until = this.#goodUntil(challenge);
    if (until === undefined || until <= now) return false;
    for (const [spent, forgotten] of this.#spent) {
      if (forgotten > now) break;
      this.#spent.delete(spent);
    }
    // To forget one that is still good would let its question be replayed.
    if (this.#spent.has(challenge) || this.#spent.size >= MAX_SPENT) return false;
    this.#spent.set(challenge, now + CHALLENGE_MS);
    return true;
  }

  /** Undefined when it is not ours. */
  #goodUntil(challenge: string): number | undefined {
    const octets = Buffer.from(challenge, 'base64url');
    // Another spelling of the same octets would count as another challenge.
    if (octets.toString('base64url') !== challenge) return undefined;
    const content = octets.subarray(0, RANDOM_OCTETS + TIME_OCTETS);
    const seal = octets.subarray(RANDOM_OCTETS + TIME_OCTETS);
    const right = this.#seal(content);
    if (seal.length !== right.length || !timingSafeEqual(seal, right)) return undefined;
    return content.readDoubleBE(RANDOM_OCTETS) + CHALLENGE_MS;
  }

  #seal(content: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(content).digest();
  }
}
