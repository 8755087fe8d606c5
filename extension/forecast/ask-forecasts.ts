import type { Forecast } from '../../shared/forecast/forecast.ts';
import { askProxy } from '../proxy-client.ts';
import type { NoAnswer } from '../sealed-channel.ts';

/** The forecasts that are there, by the domain as it was asked. */
export type Forecasts = ReadonlyMap<string, Forecast>;

/** The answer may take so much longer than the proxy waits for look-ups. */
const ANSWER_LIMIT_MS = 700;

/**
 * Asks the proxy about domains: only those leave this extension, and only when the person has
 * switched that on, which the caller has seen.
 *
 * @param waitMs how long the proxy may wait for what is not known yet
 */
export async function askForecasts(
  domains: readonly string[],
  probe: boolean,
  waitMs: number,
): Promise<{ readonly found: Forecasts } | NoAnswer> {
  if (domains.length === 0) return { found: new Map() };
  const question = { ask: 'forecast' as const, domains: [...domains], probe, waitMs };
  const asked = await askProxy(question, waitMs + ANSWER_LIMIT_MS);
  if ('no' in asked) return asked;
  const found = asked.answer.domains.flatMap(({ asked: domain, forecast }) =>
    // One without a reason is none: nobody could tell the person why.
    forecast === undefined || forecast.reasons.length === 0 ? [] : [[domain, forecast] as const],
  );
  return { found: new Map(found) };
}
