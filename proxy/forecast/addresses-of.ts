import type { Dnssec, Looked } from '../../shared/forecast/facts.ts';
import type { LookUpBudget } from './look-ups/look-up-budget.ts';
import type { Resolver } from './look-ups/resolver.ts';

type Addresses = Looked<readonly string[]>;

/**
 * A and AAAA of a host as one answer. Where one of them failed the other is enough: a relay that has
 * an address connects to it. Where that is all there is, it failed.
 */
export async function addressesOf(
  host: string,
  resolver: Pick<Resolver, 'look'>,
  budget: LookUpBudget,
): Promise<Addresses> {
  const [v4, v6] = await Promise.all([
    resolver.look(host, 'A', budget),
    resolver.look(host, 'AAAA', budget),
  ]);
  return together(v4, v6);
}

function together(v4: Addresses, v6: Addresses): Addresses {
  if (v4.kind === 'found' && v6.kind === 'found') {
    return {
      ...v4,
      records: [...v4.records, ...v6.records],
      dnssec: weaker(v4.dnssec, v6.dnssec),
      inClear: v4.inClear === true || v6.inClear === true,
      alias: v4.alias ?? v6.alias,
      ageMs: Math.max(v4.ageMs, v6.ageMs),
    };
  }
  if (v4.kind === 'found') return v4;
  if (v6.kind === 'found') return v6;
  // What failed is not known to be none; and bogus tells more than a failure.
  if (v4.kind === 'failed') return v6.kind === 'failed' && v6.why === 'bogus' ? v6 : v4;
  if (v6.kind === 'failed') return v6;
  return {
    ...v4,
    isNameAbsent: v4.isNameAbsent && v6.isNameAbsent,
    dnssec: weaker(v4.dnssec, v6.dnssec),
    inClear: v4.inClear === true || v6.inClear === true,
    ageMs: Math.max(v4.ageMs, v6.ageMs),
  };
}

/** Weakest first. */
const DNSSEC_ORDER: readonly Dnssec[] = ['unknown', 'insecure', 'secure'];

function weaker(one: Dnssec, other: Dnssec): Dnssec {
  return DNSSEC_ORDER.indexOf(one) < DNSSEC_ORDER.indexOf(other) ? one : other;
}
