import { isInClear } from './conclusion.ts';
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

/** TLS proves the host and not the port: somebody on the way can lead to another one, where it offers less. */
const SEEN: readonly ReasonCode[] = [...SEEN_UNPROVED, 'REQUIRETLS not offered'];

/**
 * What to know of the reasons why a message would not arrive, before requiring TLS is given up for
 * them: somebody on the way could have brought them about. Who writes the MX answer chooses the hosts,
 * and so whatever is seen of them.
 */
export function caveats(
  reasons: readonly Reason[],
  { mx, mtaSts, hosts }: DomainFacts,
): readonly Reason[] {
  const rests = (codes: readonly ReasonCode[]) => reasons.some(({ code }) => codes.includes(code));
  const isAnyAddressInClear = hosts.some(({ addresses }) => isInClear(addresses));
  const mayBeWritten =
    isInClear(mx) ||
    (rests(FROM_DNS) && (isInClear(mtaSts.record) || isAnyAddressInClear)) ||
    (rests(SEEN_UNPROVED) && isAnyAddressInClear);
  return [
    ...(mayBeWritten ? [{ code: 'answer in clear' } as const] : []),
    ...(rests(SEEN) ? [{ code: 'seen from this network' } as const] : []),
  ];
}
