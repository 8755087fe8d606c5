/** Work that is begun or waits for its turn. */
type Job = {
  readonly run: () => Promise<void>;
  /** Says that it never will be run. */
  readonly drop: () => void;
};

/**
 * Runs so many jobs at once and lets so many wait. When more come, those that have waited longest
 * are dropped: whoever asked for them has most likely gone on.
 */
export class BoundedQueue {
  readonly #limits: { readonly running: number; readonly waiting: number };
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#limits = limits;
  }

  add(job: Job): void {
    this.#waiting.push(job);
    this.#begin();
    while (this.#waiting.length > this.#limits.waiting) this.#waiting.shift()?.drop();
  }

  /** Drops all that wait, and waits for what runs. */
  async end(): Promise<void> {
    for (const { drop } of this.#waiting.splice(0)) drop();
    await Promise.all(this.#running);
  }

  #begin(): void {
    while (this.#running.size < this.#limits.running) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      const running = job.run().finally(() => {
        this.#running.delete(running);
        this.#begin();
      });
      this.#running.add(running);
    }
  }
}
