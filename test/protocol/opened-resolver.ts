import { LookUpBudget } from '../../proxy/forecast/look-ups/look-up-budget.ts';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { Resolver } from '../../proxy/forecast/look-ups/resolver.ts';
import type { Trust } from '../../proxy/submission/tls-profile.ts';

export type OpenedResolver = Resolver & AsyncDisposable;

/** A resolver that asks there, without any validator on this computer. */
export async function openedResolver(address: string, trust: Trust = []): Promise<OpenedResolver> {
  const resolver = await Resolver.open({
    address: parseResolver(address),
    trust,
    environment: {},
  });
  return Object.assign(resolver, { [Symbol.asyncDispose]: async () => resolver.close() });
}

/** For one look-up, and longer than any takes. */
export function oneLookUp(lookUps = 1): LookUpBudget {
  return new LookUpBudget({ lookUps, deadline: AbortSignal.timeout(30_000) });
}
