import type { DomainFacts, Looked, MtaStsFacts } from '../../shared/forecast/facts.ts';
import { hostsInOrder } from '../../shared/forecast/mx.ts';
import { addressesOf } from './addresses-of.ts';
import type { DomainLookUps } from './domain-look-ups.ts';
import { hostFacts } from './host-facts.ts';
import { inTime } from './in-time.ts';

/**
 * Gathers what can be found out about a domain: its MX records and its MTA-STS policy at once, then
 * all its hosts at once.
 *
 * @param domain in A-label form
 */
export async function domainFacts(domain: string, lookUps: DomainLookUps): Promise<DomainFacts> {
  const { sources, budget, deadline } = lookUps;
  const { resolver } = sources;
  const announced = sources.mtaSts.factsOf(domain, {
    txt: async (name) => await resolver.look(name, 'TXT', budget),
    addresses: async (host) => await addressesOf(host, resolver, budget),
  });
  const [mtaSts, mailHosts] = await Promise.all([
    inTime<MtaStsFacts>(announced, deadline, { record: LATE, policy: LATE }),
    mailHostFacts(domain, lookUps),
  ]);
  return { domain, ...mailHosts, mtaSts };
}

async function mailHostFacts(
  domain: string,
  lookUps: DomainLookUps,
): Promise<Pick<DomainFacts, 'mx' | 'hosts' | 'moreHosts'>> {
  const { sources, budget, deadline } = lookUps;
  const looking = sources.resolver.look(domain, 'MX', budget);
  const mx = await inTime<DomainFacts['mx']>(looking, deadline, LATE);
  const { hosts, moreHosts } = hostsInOrder(domain, mx);
  return {
    mx,
    hosts: await Promise.all(
      hosts.map(async (host) => await hostFacts(host, { domain, mx }, lookUps)),
    ),
    moreHosts,
  };
}

const LATE = { kind: 'failed', why: 'timed out', ageMs: 0 } as const satisfies Looked<never>;
