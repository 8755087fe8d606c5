import type { Forecast } from '../../shared/forecast/forecast.ts';

/** A forecast that was made, until when it counts, and what was allowed for it. */
type Kept = {
  readonly forecast: Forecast;
  readonly madeMs: number;
  readonly freshUntilMs: number;
  readonly probed: boolean;
};

/** How a forecast was made. */
type Manner = {
  readonly probed: boolean;
  /** For how long its facts are to be believed. */
  readonly freshForMs: number;
  /** Whether a mail server is still being looked at. */
  readonly mayLearnMore: boolean;
};

/** A forecast counts as long as its facts do, within these. */
const SHORTEST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;
const LONGEST_UNKNOWN_MS = 30_000;

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

  keep(forecast: Forecast, manner: Manner): void {
    const { probed } = manner;
    const { domain } = forecast;
    const madeMs = this.#now();
    // The map is in the order in which its entries were made; the oldest go first.
    this.#kept.delete(domain);
    this.#kept.set(domain, {
      forecast,
      probed,
      madeMs,
      freshUntilMs: madeMs + lifeMs(forecast, manner),
    });
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

function lifeMs({ verdict }: Forecast, { freshForMs, mayLearnMore }: Manner): number {
  if (mayLearnMore) return SHORTEST_MS;
  const longest = verdict === 'unknown' ? LONGEST_UNKNOWN_MS : LONGEST_MS;
  return Math.min(Math.max(freshForMs, SHORTEST_MS), longest);
}

function aged(forecast: Forecast, ms: number): Forecast {
  return {
    ...forecast,
    facts: forecast.facts.map((fact) => ({ ...fact, ageMs: fact.ageMs + ms })),
    ageMs: forecast.ageMs + ms,
  };
}
