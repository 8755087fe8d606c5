/** What one domain may still cause: so many look-ups, and for so long. */
export class LookUpBudget {
  /** After it nothing is looked up any more. */
  readonly deadline: AbortSignal;
  readonly #lookUps: number;
  #spent = 0;
  #freshForMs = Number.POSITIVE_INFINITY;

  constructor({ lookUps, deadline }: { readonly lookUps: number; readonly deadline: AbortSignal }) {
    this.#lookUps = lookUps;
    this.deadline = deadline;
  }

  /** Whether one more is left. Answers from the cache cost nothing. */
  spend(): boolean {
    if (this.#spent >= this.#lookUps) return false;
    this.#spent += 1;
    return true;
  }

  /** How many were spent. */
  get spent(): number {
    return this.#spent;
  }

  /** An answer was given that holds for so long. */
  noteLife(ms: number): void {
    this.#freshForMs = Math.min(this.#freshForMs, ms);
  }

  /** The shortest life of all answers that were given. */
  get freshForMs(): number {
    return this.#freshForMs;
  }
}
