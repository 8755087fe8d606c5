import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import * as v from 'valibot';
import type { Answer } from '../../shared/control/api.ts';
import type { ProbeFact } from '../../shared/forecast/facts.ts';
import { FORECAST, type Forecast } from '../../shared/forecast/forecast.ts';
import { forecastFrom, unknownForecast } from '../../shared/forecast/verdict.ts';
import { askedDomain } from './asked-domain.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { domainFacts } from './domain-facts.ts';
import { FactSources, type FactSourceOptions } from './fact-sources.ts';
import { before } from './in-time.ts';
import { KeptForecasts } from './kept-forecasts.ts';
import { LookUpBudget } from './look-ups/look-up-budget.ts';

/**
 * As many look-ups may one domain cause. Ten hosts with aliases need 44, and there are never more
 * hosts: this is a second lock, for the day on which more is looked up.
 */
const LOOK_UPS_PER_DOMAIN = 50;
const DOMAINS_AT_ONCE = 16;
const DOMAINS_WAITING = 200;
/** All look-ups of a domain wait for the same deadline, some twice. */
const MOST_WAITING = 4 * LOOK_UPS_PER_DOMAIN;

/** From the first look-up to the forecast; the second one with a look at the mail servers. */
const DOMAIN_LIMIT_MS = 10_000;
const PROBED_DOMAIN_LIMIT_MS = 25_000;

type AskedForecast = Answer<'forecast'>['domains'][number];

/**
 * Who wants a forecast asks again and again. What nobody has asked for so long before its turn comes
 * is not looked up: the recipient is gone from the window, or the forecast was switched off.
 */
const WANTED_MS = 2000;

type Manner = {
  /** Whether mail servers may be connected to. */
  readonly probe: boolean;
  /** How long to wait for what is not known yet. It goes on being looked up. */
  readonly waitMs: number;
};

export type ForecastsOptions = FactSourceOptions & {
  /** How long a mail server is waited for; what is seen later counts in the next forecast. */
  readonly probeWaitMs: number;
};

/** Forecasts for domains: made when somebody asks, kept while their facts count. */
export class Forecasts {
  readonly #sources: FactSources;
  readonly #log: Logger;
  readonly #probeWaitMs: number;
  readonly #kept = new KeptForecasts(() => performance.now());
  readonly #queue = new BoundedQueue({ running: DOMAINS_AT_ONCE, waiting: DOMAINS_WAITING });
  /** What waits or is under way, by domain and whether mail servers are looked at. */
  readonly #looking = new Map<string, Promise<Forecast | undefined>>();
  /** Until when somebody wants it. */
  readonly #wantedUntil = new Map<string, number>();
  readonly #closing = new AbortController();

  private constructor(sources: FactSources, { log, probeWaitMs }: ForecastsOptions) {
    this.#sources = sources;
    this.#log = log;
    this.#probeWaitMs = probeWaitMs;
  }

  static async open(options: ForecastsOptions): Promise<Forecasts> {
    return new Forecasts(await FactSources.open(options), options);
  }

  /**
   * The forecast for each, in the order asked; none for what is not known in time.
   *
   * @param domains without what stands before the `@`
   */
  async of(domains: readonly string[], manner: Manner): Promise<AskedForecast[]> {
    const { waitMs } = manner;
    const known = new Map<number, Forecast>();
    const looking = domains.map(async (asked, at) => {
      const forecast = await this.#forecastOf(asked, manner);
      if (forecast !== undefined) known.set(at, forecast);
    });
    await before(waitMs, Promise.all(looking));
    return domains.map((asked, at) => {
      const forecast = known.get(at);
      return { asked, ...(forecast && { forecast }) };
    });
  }

  /**
   * The forecast for one domain, however long others keep it waiting: its time counts from its turn
   * on. Where none came about, which the log explains, it says that nobody can tell.
   */
  async one(domain: string, probe: boolean): Promise<Forecast> {
    const made = await this.#forecastOf(domain, { probe, waitMs: Number.POSITIVE_INFINITY });
    return made ?? inOrder(unknownForecast(domain, 'no answer in time'));
  }

  /** Who would be told. */
  resolver(): Answer<'resolver'> {
    return this.#sources.resolver.describe();
  }

  /** Ends what is under way; whoever waits for it learns that nothing is known. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#queue.end();
    await this.#sources.close();
  }

  #forecastOf(text: string, { probe, waitMs }: Manner): Forecast | Promise<Forecast | undefined> {
    const asked = askedDomain(text);
    if (asked.kind === 'none') return inOrder(unknownForecast(text, asked.reason));
    const { domain } = asked;
    const kept = this.#kept.find(domain, probe);
    if (kept !== undefined) return kept;

    const key = probe ? `${domain} probed` : domain;
    const until = performance.now() + waitMs + WANTED_MS;
    this.#wantedUntil.set(key, Math.max(this.#wantedUntil.get(key) ?? 0, until));
    const underWay = this.#looking.get(key);
    if (underWay !== undefined) return underWay;
    const looking = this.#inTurn(key, domain, probe).finally(() => {
      this.#looking.delete(key);
      this.#wantedUntil.delete(key);
    });
    this.#looking.set(key, looking);
    return looking;
  }

  #inTurn(key: string, domain: string, probe: boolean): Promise<Forecast | undefined> {
    return new Promise((resolve) => {
      this.#queue.add({
        run: async () => {
          const isWanted = performance.now() < (this.#wantedUntil.get(key) ?? 0);
          resolve(isWanted ? await this.#make(domain, probe) : undefined);
        },
        drop: () => resolve(undefined),
      });
    });
  }

  /** Never throws: whatever is wrong with one domain, the others' forecasts are made. */
  async #make(domain: string, probe: boolean): Promise<Forecast | undefined> {
    const startedMs = performance.now();
    const deadline = new AbortController();
    setMaxListeners(MOST_WAITING, deadline.signal, this.#closing.signal);
    const pass = () => deadline.abort();
    const timer = setTimeout(pass, probe ? PROBED_DOMAIN_LIMIT_MS : DOMAIN_LIMIT_MS);
    this.#closing.signal.addEventListener('abort', pass);
    if (this.#closing.signal.aborted) pass();
    const budget = new LookUpBudget({ lookUps: LOOK_UPS_PER_DOMAIN, deadline: deadline.signal });
    try {
      const facts = await domainFacts(domain, {
        sources: this.#sources,
        budget,
        deadline: deadline.signal,
        probe,
        probeWaitMs: this.#probeWaitMs,
      });
      const forecast = inOrder(forecastFrom(facts));
      const mayLearnMore = facts.hosts.some(({ probe: seen }) => isLate(seen));
      const { freshForMs } = budget;
      this.#kept.keep(forecast, { probed: probe, freshForMs, mayLearnMore });
      const ms = Math.round(performance.now() - startedMs);
      this.#log.debug({ event: 'forecast', verdict: forecast.verdict, lookUps: budget.spent, ms });
      return forecast;
    } catch (error) {
      this.#log.error({
        event: 'forecast-failed',
        error: error instanceof Error ? error.stack : '',
      });
      return undefined;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', pass);
    }
  }
}

function isLate(seen: ProbeFact): boolean {
  return seen.kind === 'not seen' && seen.why === 'timed out';
}

/** With its keys in the order of the schema, so that whoever writes it as JSON writes the same. */
function inOrder(forecast: Forecast): Forecast {
  return v.parse(FORECAST, forecast);
}
