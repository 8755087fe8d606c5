import { NoAnswer } from '../dns/no-answer.ts';

/** For whom work is done; compared by identity. */
export type Owner = object;

type Job = {
  readonly owner: Owner;
  /** Whether anybody still waits for it. */
  readonly isWanted: () => boolean;
  readonly run: () => Promise<void>;
  readonly drop: () => void;
};

type Limits = {
  readonly running: number;
  /** Of one owner. */
  readonly each: number;
  readonly waiting: number;
};

/**
 * Runs so many jobs at once, and of each owner no more than its share: a domain whose name servers
 * say nothing shall not make all others wait. What nobody wants any more is never begun.
 */
export class FairQueue {
  readonly #limits: Limits;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #shares = new Map<Owner, number>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @throws NoAnswer 'timed out' when it is not begun; what the work throws */
  async run<T>(
    owner: Owner,
    work: () => Promise<T>,
    isWanted: () => boolean = () => true,
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        owner,
        isWanted,
        run: async () => {
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
        },
        drop: () => reject(new NoAnswer('timed out', 'it was never begun')),
      });
      this.#begin();
      while (this.#waiting.length > this.#limits.waiting) this.#waiting.shift()?.drop();
    });
  }

  /** Drops all that wait, and waits for what runs. */
  async end(): Promise<void> {
    for (const { drop } of this.#waiting.splice(0)) drop();
    await Promise.all(this.#running);
  }

  #begin(): void {
    while (this.#running.size < this.#limits.running) {
      const job = this.#next();
      if (job === undefined) return;
      this.#shares.set(job.owner, this.#shareOf(job.owner) + 1);
      const running = job.run().finally(() => {
        this.#running.delete(running);
        this.#giveBack(job.owner);
        this.#begin();
      });
      this.#running.add(running);
    }
  }

  /** The first of those whose owner has the least under way. */
  #next(): Job | undefined {
    for (const job of this.#waiting.filter(({ isWanted }) => !isWanted())) {
      this.#take(job);
      job.drop();
    }
    let best: Job | undefined;
    for (const job of this.#waiting) {
      const share = this.#shareOf(job.owner);
      if (share >= this.#limits.each) continue;
      if (best === undefined || share < this.#shareOf(best.owner)) best = job;
    }
    if (best !== undefined) this.#take(best);
    return best;
  }

  #take(job: Job): void {
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
  }

  #shareOf(owner: Owner): number {
    return this.#shares.get(owner) ?? 0;
  }

  #giveBack(owner: Owner): void {
    const left = this.#shareOf(owner) - 1;
    if (left > 0) this.#shares.set(owner, left);
    else this.#shares.delete(owner);
  }
}
