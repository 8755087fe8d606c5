import type { Answer, Question } from '../../shared/control/api.ts';
import type { Forecasts } from '../forecast/forecasts.ts';
import { CannotAnswer } from './cannot-answer.ts';

/** Answers questions about domains. Until there is one, nothing is opened and nobody is told. */
export class ForecastAnswers {
  readonly #open: (() => Promise<Forecasts>) | undefined;
  #opened: Promise<Forecasts> | undefined;
  #isClosed = false;

  /** @param open undefined where nothing may leave this computer */
  constructor(open: (() => Promise<Forecasts>) | undefined) {
    this.#open = open;
  }

  /** @throws CannotAnswer */
  async forecast({
    domains,
    probe,
    waitMs,
  }: Extract<Question, { ask: 'forecast' }>): Promise<Answer<'forecast'>> {
    const forecasts = await this.#forecasts();
    return { domains: await forecasts.of(domains, { probe, waitMs }) };
  }

  /** @throws CannotAnswer */
  async resolver(): Promise<Answer<'resolver'>> {
    const forecasts = await this.#forecasts();
    return forecasts.resolver();
  }

  /** Whoever waits is answered before that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await this.#opened?.catch(() => undefined); // told to whoever asked
    await opened?.close();
  }

  #forecasts(): Promise<Forecasts> {
    if (this.#open === undefined) {
      throw new CannotAnswer('The demo looks nothing up: nothing leaves this computer.');
    }
    if (this.#isClosed) throw new CannotAnswer('The proxy is being stopped.');
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined; // what is wrong may be mended before the next question
      throw error;
    });
    return this.#opened;
  }
}
