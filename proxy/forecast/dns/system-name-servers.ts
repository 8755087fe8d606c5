import dns from 'node:dns';
import { type NameServerAddress, parseNameServer } from './resolver-address.ts';

/**
 * Whom the system asks now. Each call reads that anew: Node itself goes on with what was so when
 * the process began (20.20; look again 2027-06), and a computer moves from network to network.
 */
export function systemNameServers(): readonly NameServerAddress[] {
  return new dns.Resolver()
    .getServers()
    .map(parseNameServer)
    .filter((address) => address !== undefined);
}
