/** Longer than anybody needs at once; beyond it the one that was not heard of longest is forgotten. */
const MAX_WINDOWS = 100;

/** The compose windows that are open, as far as anybody has said. */
export class ComposeWindows {
  readonly #forgetting = new Map<string, NodeJS.Timeout>();
  readonly #whenNone: () => void;

  /** @param whenNone called when the last one has closed, or is forgotten */
  constructor(whenNone: () => void) {
    this.#whenNone = whenNone;
  }

  get areOpen(): boolean {
    return this.#forgetting.size > 0;
  }

  /**
   * It is open, or still is.
   *
   * @param keptMs when it is forgotten if nobody says so again: its mail program may have crashed
   */
  heardOf(window: string, keptMs: number): void {
    this.#forget(window);
    const [oldest] = this.#forgetting.keys();
    if (this.#forgetting.size >= MAX_WINDOWS && oldest !== undefined) this.#forget(oldest);
    this.#forgetting.set(window, setTimeout(() => this.closed(window), keptMs).unref());
  }

  closed(window: string): void {
    if (this.#forget(window) && !this.areOpen) this.#whenNone();
  }

  closeAll(): void {
    for (const window of this.#forgetting.keys()) this.closed(window);
  }

  #forget(window: string): boolean {
    clearTimeout(this.#forgetting.get(window));
    return this.#forgetting.delete(window);
  }
}
