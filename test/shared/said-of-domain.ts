import type { DomainFacts } from '../../shared/forecast/facts.ts';
import type { Forecast, ReasonCode } from '../../shared/forecast/forecast.ts';
import { forecastFrom } from '../../shared/forecast/verdict.ts';
import { domainFacts, found, keyRecord, policy, presented } from './forecast-facts.ts';

export function codes({ reasons }: Forecast): readonly ReasonCode[] {
  return reasons.map(({ code }) => code);
}

/** What is said of a domain, as `verdict: reason, reason`. */
export function said(facts: Partial<DomainFacts>): string {
  const forecast = forecastFrom(domainFacts(facts));
  return `${forecast.verdict}: ${codes(forecast).join(', ')}`;
}

/** Facts of a domain whose only host is mx.example.org. */
export const UNSIGNED = found([{ preference: 10, exchange: 'mx.example.org' }], 'insecure');
export const RECORD = found(['v=STSv1; id=a1;'], 'insecure');
export const ENFORCED = { record: RECORD, policy: policy('enforce', ['*.example.org']) };
export const DANE = { tlsa: found([keyRecord()]) };
export const UNTRUSTED = presented({ pkixFault: 'CERT_HAS_EXPIRED' });
