import { POLICY_ADDRESS, type PolicyAnswer, type PolicyHost } from './policy-hosts.ts';

/** A domain of the world: what the DNS has of it, and its policy host. */
export type WorldDomain = {
  /** As in a master file, below `$ORIGIN` the domain. */
  readonly records: readonly string[];
  readonly policyHost?: PolicyHost;
};

/** @param hosts full names, the best first */
export function mailGoesTo(...hosts: readonly string[]): WorldDomain {
  return { records: hosts.map((host, index) => `@ MX ${10 * (index + 1)} ${host}.`) };
}

/** The same, with a policy that is announced and whose host answers so. */
export function announcing(
  domain: WorldDomain,
  answer: PolicyAnswer,
  certificate: PolicyHost['certificate'] = 'trusted',
): WorldDomain {
  return {
    records: [
      ...domain.records,
      '_mta-sts TXT "v=STSv1; id=20261122T0800Z;"',
      `mta-sts A ${POLICY_ADDRESS}`,
    ],
    policyHost: { answer, certificate },
  };
}

/** Mail for the domain goes to one host, and an enforced policy names it. */
export function enforcing(host: string, ...patterns: readonly string[]): WorldDomain {
  const mx = patterns.length === 0 ? [host] : patterns;
  return announcing(mailGoesTo(host), { mode: 'enforce', mx });
}
