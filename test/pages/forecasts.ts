import type { Question } from '../../shared/control/api.ts';
import type { Forecast, Reason, Verdict } from '../../shared/forecast/forecast.ts';
import { THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';

type ForecastQuestion = Extract<Question, { ask: 'forecast' }>;

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

/** The forecasts that a proxy was asked for. */
export function asksForForecasts(asked: readonly Question[]): readonly ForecastQuestion[] {
  return asked.filter((question) => question.ask === 'forecast');
}
