import net from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where a connection did not come about. */
type Failed = { readonly name: string; readonly network: string };

/** Hosts that keep silent in so many networks are not all broken at the same time. */
const ENOUGH_NETWORKS = 3;
/** The hosts of one name may all be down together, or have been written into a zone as a trap. */
const ENOUGH_NAMES = 2;

const CLOSED_MS = 60 * 60 * 1000;
/** What was found out so long ago was perhaps found out in another network. */
const FORGOTTEN_MS = 60 * 60 * 1000;

/**
 * Finds out whether mail servers can be connected to from here at all: most networks at home let
 * nobody out to port 25. Then none is tried for an hour, which would be a long wait each time.
 *
 * Hosts have to fail in three networks and under two names, and none may have answered meanwhile.
 */
export class Port25 {
  readonly #now: () => number;
  readonly #failed = new Map<string, Failed & { readonly at: number }>();
  #closedAt: number | undefined;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get isClosed(): boolean {
    if (this.#closedAt === undefined) return false;
    if (this.#now() - this.#closedAt < CLOSED_MS) return true;
    this.#closedAt = undefined;
    return false;
  }

  /** A connection came about. */
  answered(): void {
    this.#failed.clear();
    this.#closedAt = undefined;
  }

  /** None came about, though there is a way to the network: it was refused, or nobody answered. */
  silent(host: string, addresses: readonly string[]): void {
    const [address] = addresses;
    if (address === undefined || this.isClosed) return;
    const network = networkOf(address);
    const at = this.#now();
    this.#failed.set(network, { name: nameOf(host), network, at });
    for (const [key, one] of this.#failed) {
      if (at - one.at > FORGOTTEN_MS) this.#failed.delete(key);
    }
    const names = new Set([...this.#failed.values()].map(({ name }) => name));
    if (this.#failed.size < ENOUGH_NETWORKS || names.size < ENOUGH_NAMES) return;
    this.#failed.clear();
    this.#closedAt = at;
  }
}

/** What one provider or one site has: 16 bits of IPv4, 32 of IPv6. */
function networkOf(address: string): string {
  const bits = net.isIPv4(address) ? 16 : 32;
  return ipaddr
    .parse(address)
    .toByteArray()
    .slice(0, bits / 8)
    .join('.');
}

/** Its last two labels: more than one domain may share them, which only delays the finding. */
function nameOf(host: string): string {
  return host.split('.').slice(-2).join('.');
}
