/** From the beginning of one session to that of the next; twice as long after each that was soon lost. */
const SHORTEST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;

/** The pause before a server is asked for another session: one that closes at once is not hammered. */
export class Rest {
  readonly #whenOver: () => void;
  #timer: NodeJS.Timeout | undefined;
  #ms = SHORTEST_MS;

  /** @param whenOver called when a rest is over, and was not ended before */
  constructor(whenOver: () => void) {
    this.#whenOver = whenOver;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** A session begins. */
  begin(): void {
    this.#for(SHORTEST_MS);
  }

  /** A session was lost, or there was none to be had. */
  beginLonger(): void {
    this.#for(this.#ms);
    this.#ms = Math.min(2 * this.#ms, LONGEST_MS);
  }

  /** A session lived long: the next loss counts as the first. */
  forgive(): void {
    this.#ms = SHORTEST_MS;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #for(ms: number): void {
    this.end();
    const over = () => {
      this.#timer = undefined;
      this.#whenOver();
    };
    this.#timer = setTimeout(over, ms).unref();
  }
}
