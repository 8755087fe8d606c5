import type { DomainFacts } from './facts.ts';
import type { Reason, ReasonCode } from './forecast.ts';

/** Reasons that the DNS gave. */
const FROM_DNS: readonly ReasonCode[] = [
  'no such domain',
  'null MX',
  'no mail host',
  'names not vouched for',
  'MTA-STS testing',
  'MTA-STS none',
  'host not in policy',
  'host has no address',
];

/** Reasons that a connection gave in which nobody proved who he is. */
const SEEN_UNPROVED: readonly ReasonCode[] = [
  'no STARTTLS',
  'TLS failed',
  'DANE mismatch',
  'certificate not trusted',
];

/**
 * What to know of the reasons why a message would not arrive, before requiring TLS is given up for
 * them: somebody on the way could have brought them about.
 */
export function caveats(reasons: readonly Reason[], facts: DomainFacts): readonly Reason[] {
  const rests = (codes: readonly ReasonCode[]) => reasons.some(({ code }) => codes.includes(code));
  return [
    ...(rests(FROM_DNS) && isAnyInClear(facts) ? [{ code: 'answer in clear' } as const] : []),
    ...(rests(SEEN_UNPROVED) ? [{ code: 'seen from this network' } as const] : []),
  ];
}

function isAnyInClear({ mx, mtaSts, hosts }: DomainFacts): boolean {
  const answers = [mx, mtaSts.record, ...hosts.map(({ addresses }) => addresses)];
  return answers.some((looked) => looked.kind !== 'failed' && looked.inClear === true);
}
