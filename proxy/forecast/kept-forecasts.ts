import type { Forecast } from '../../shared/forecast/forecast.ts';

/** A forecast that was made, until when it counts, and what was allowed for it. */
type Kept = {
  readonly forecast: Forecast;
  readonly madeMs: number;
  readonly freshUntilMs: number;
  readonly probed: boolean;
};

/** Domains that a person writes to in an hour or two. */
const MAX_KEPT = 1000;

/**
 * Forecasts as long as their facts count, in memory alone. The clock is monotonic, in milliseconds.
 */
export class KeptForecasts {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param freshForMs how long it counts */
  keep(forecast: Forecast, { probed, freshForMs }: { probed: boolean; freshForMs: number }): void {
    const { domain } = forecast;
    const madeMs = this.#now();
    // The map is in the order in which its entries were made; the oldest go first.
    this.#kept.delete(domain);
    this.#kept.set(domain, { forecast, probed, madeMs, freshUntilMs: madeMs + freshForMs });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
  }

  /**
   * The forecast for a domain, with the ages of now.
   *
   * @param probe whether it must rest on a look at the mail servers; where it may, it need not
   */
  find(domain: string, probe: boolean): Forecast | undefined {
    const kept = this.#kept.get(domain);
    const now = this.#now();
    if (kept === undefined || (probe && !kept.probed)) return undefined;
    if (now < kept.freshUntilMs) return aged(kept.forecast, Math.round(now - kept.madeMs));
    this.#kept.delete(domain);
    return undefined;
  }
}

function aged(forecast: Forecast, ms: number): Forecast {
  return {
    ...forecast,
    facts: forecast.facts.map((fact) => ({ ...fact, ageMs: fact.ageMs + ms })),
    ageMs: forecast.ageMs + ms,
  };
}
