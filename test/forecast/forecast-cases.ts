import { DANE_CASES } from './dane-cases.ts';
import type { ForecastCase } from './forecast-case.ts';
import { MAIL_SERVER_CASES } from './mail-server-cases.ts';
import { MTA_STS_CASES } from './mta-sts-cases.ts';
import { NAME_CASES } from './name-cases.ts';
import { RESOLVER_CASES } from './resolver-cases.ts';

/** All, in the order of README's tables. */
export const FORECAST_CASES: readonly ForecastCase[] = [
  ...NAME_CASES,
  ...DANE_CASES,
  ...MTA_STS_CASES,
  ...MAIL_SERVER_CASES,
  ...RESOLVER_CASES,
];
