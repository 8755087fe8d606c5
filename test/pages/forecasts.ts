import { setTimeout as pause } from 'node:timers/promises';
import type { Question } from '../../shared/control/api.ts';
import type { Forecast, Reason, Verdict } from '../../shared/forecast/forecast.ts';
import { THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';

type ForecastQuestion = Extract<Question, { ask: 'forecast' }>;

/** More than an answer may take beyond the wait that is asked for. */
const LATE_MS = 1_500;

/** What is stored when the person has switched it on. */
export const SWITCHED_ON = { forecast: { on: true, hidden: false, probe: false } };

const REASONS = {
  observed: { code: 'REQUIRETLS seen', host: 'mx.example.net' },
  promised: { code: 'MTA-STS enforced' },
  unknown: { code: 'resolver cannot tell' },
  'will fail': { code: 'names not vouched for' },
} as const satisfies Record<Verdict, Reason>;

/** A forecast such as the proxy gives. */
export function forecast(
  domain: string,
  verdict: Verdict,
  ...reasons: readonly Reason[]
): Forecast {
  return {
    domain,
    verdict,
    route: verdict === 'observed' ? 'promised' : verdict,
    requireTls: verdict === 'promised' ? 'unknown' : verdict,
    reasons: reasons.length === 0 ? [REASONS[verdict]] : [...reasons],
    facts: [
      { about: 'MX', says: 'mx.example.net', source: 'resolver, by DNSSEC', ageMs: 300_000 },
      {
        about: 'server',
        host: 'mx.example.net',
        says: 'was not asked',
        source: 'not looked at',
        ageMs: 0,
      },
    ],
    ageMs: 300_000,
  };
}

/** A proxy through which all mail goes, and which knows these domains. */
export function knowing(...known: readonly Forecast[]): Answers {
  return {
    ...THROUGH,
    forecast: ({ domains }) => ({
      domains: domains.map((asked) => {
        const found = known.find(({ domain }) => domain === asked);
        return found === undefined ? { asked } : { asked, forecast: found };
      }),
    }),
  };
}

/** The same proxy; its first forecasts come when nobody waits for them any more. */
export function lateAtFirst(answers: Answers, times: number): Answers {
  const tell = answers.forecast;
  if (typeof tell !== 'function') throw new Error('This proxy tells no forecasts');
  let left = times;
  return {
    ...answers,
    forecast: async (question) => {
      left -= 1;
      if (left >= 0) await pause(question.waitMs + LATE_MS);
      return await tell(question);
    },
  };
}

/** The forecasts that a proxy was asked for. */
export function asksForForecasts(asked: readonly Question[]): readonly ForecastQuestion[] {
  return asked.filter((question) => question.ask === 'forecast');
}
