import { domainName } from './domain.ts';
import type { Looked } from './facts.ts';

/** An MX record (RFC 5321 §5.1); the exchange is `''` in a null MX (RFC 7505). */
export type MailExchanger = {
  readonly preference: number;
  readonly exchange: string;
};

/** As many hosts of one domain are looked at. RFC 5321 §5.1 lets a sender stop after two. */
export const MAX_HOSTS = 10;

/**
 * Whether the domain says that it takes no mail at all: one record alone, of preference 0, whose
 * exchange is the root (RFC 7505 §3).
 */
export function isNullMx(records: readonly MailExchanger[]): boolean {
  const [only, ...others] = records;
  if (only === undefined || others.length > 0) return false;
  return only.preference === 0 && isRoot(only.exchange);
}

function isRoot(exchange: string): boolean {
  return exchange === '' || exchange === '.';
}

/** Where mail for a domain is tried. */
export type HostsInOrder = {
  /** Best first; none where there is no such domain, nothing it could be sent to, or no answer. */
  readonly hosts: readonly string[];
  /** Whether there are more than are looked at. */
  readonly moreHosts: boolean;
};

/**
 * The hosts that mail for a domain is tried at (RFC 5321 §5.1).
 *
 * Hosts of the same preference are to be tried in random order; here they stand in the order of
 * their names, so that the same facts always lead to the same forecast. An exchange that is no host
 * name - an address, `localhost`, odd octets - is left out, and never passed on.
 *
 * @param domain in A-label form, without the final dot
 */
export function hostsInOrder(domain: string, mx: Looked<readonly MailExchanger[]>): HostsInOrder {
  switch (mx.kind) {
    case 'failed':
      return { hosts: [], moreHosts: false };
    case 'none': {
      // The implicit MX: the domain itself or, where it is an alias, what it stands for.
      const itself = domainName(mx.alias ?? domain);
      return { hosts: mx.isNameAbsent || itself === undefined ? [] : [itself], moreHosts: false };
    }
    case 'found': {
      const hosts = exchangesInOrder(mx.records);
      return { hosts: hosts.slice(0, MAX_HOSTS), moreHosts: hosts.length > MAX_HOSTS };
    }
  }
}

function exchangesInOrder(records: readonly MailExchanger[]): readonly string[] {
  const named = records.flatMap(({ preference, exchange }) => {
    const host = domainName(exchange);
    return host === undefined ? [] : [{ preference, host }];
  });
  named.sort((one, other) => one.preference - other.preference || (one.host < other.host ? -1 : 1));
  return [...new Set(named.map(({ host }) => host))];
}
