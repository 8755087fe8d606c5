/** What was looked up, the longest unused first. */
type Kept<Value> = {
  readonly value: Value;
  readonly sizeOctets: number;
  readonly since: number;
  readonly until: number;
};

/** Keeps values for their time, and no more than fits; what was not used for longest goes first. */
export class LookUpCache<Value> {
  readonly #kept = new Map<string, Kept<Value>>();
  readonly #limitOctets: number;
  readonly #now: () => number;
  #octets = 0;

  /** @param now milliseconds, monotonic */
  constructor(limitOctets: number, now: () => number) {
    this.#limitOctets = limitOctets;
    this.#now = now;
  }

  get(
    key: string,
  ): { readonly value: Value; readonly ageMs: number; readonly lifeMs: number } | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#drop(key, kept);
    const now = this.#now();
    if (now >= kept.until) return undefined;
    this.#add(key, kept);
    return { value: kept.value, ageMs: Math.round(now - kept.since), lifeMs: kept.until - now };
  }

  set(key: string, value: Value, lifeMs: number, sizeOctets: number): void {
    this.delete(key);
    const since = this.#now();
    this.#add(key, { value, sizeOctets, since, until: since + lifeMs });
    for (const [oldest, kept] of this.#kept) {
      if (this.#octets <= this.#limitOctets) return;
      this.#drop(oldest, kept);
    }
  }

  delete(key: string): void {
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#drop(key, kept);
  }

  clear(): void {
    this.#kept.clear();
    this.#octets = 0;
  }

  #add(key: string, kept: Kept<Value>): void {
    this.#kept.set(key, kept);
    this.#octets += kept.sizeOctets;
  }

  #drop(key: string, kept: Kept<Value>): void {
    this.#kept.delete(key);
    this.#octets -= kept.sizeOctets;
  }
}
