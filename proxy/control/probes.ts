import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { domainToASCII } from 'node:url';
import { PROBE_MS } from '../../shared/control/probe.ts';
import type { Identity, Route } from '../../shared/control/route.ts';
import type { ArrivedProbe, ProbeInbox } from '../submission/arriving-probe.ts';
import { listeningAs, type ListeningAccount } from './listening-account.ts';

/** A paired profile has so many on their way; of more, the oldest are forgotten. */
const MAX_OUTSTANDING = 100;

/** How long an outcome is waited for: the mail program says that it has sent the probe. */
const ARRIVAL_MS = 2000;

const NOT_SEEN: Route = { kind: 'unknown', why: 'probe not seen' };

type IssuedProbe = {
  readonly pairing: string;
  readonly address: string;
  readonly issuedMs: number;
  isSpent: boolean;
  isTold: boolean;
  arrival: { readonly account: string; readonly ms: number } | undefined;
  onArrival: () => void;
};

export type ProbesOptions = {
  /** What this process listens for, as it is when it is asked. */
  readonly accounts: () => readonly ListeningAccount[];
  /** Monotonic. */
  readonly nowMs?: () => number;
  readonly arrivalMs?: number;
};

/**
 * The probes on their way: each was issued to one paired profile for one address, is good for one
 * arrival and half a minute, and its outcome is told once, to that profile.
 */
export class Probes {
  readonly #issued = new Map<string, IssuedProbe>();
  readonly #accounts: () => readonly ListeningAccount[];
  readonly #nowMs: () => number;
  readonly #arrivalMs: number;

  constructor(options: ProbesOptions) {
    this.#accounts = options.accounts;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#arrivalMs = options.arrivalMs ?? ARRIVAL_MS;
  }

  /** @returns the nonce that the probe is to carry */
  issue(pairing: string, { address }: Pick<Identity, 'address'>): string {
    this.#makeRoom(pairing);
    const nonce = randomBytes(24).toString('base64url');
    this.#issued.set(nonce, {
      pairing,
      address,
      issuedMs: this.#nowMs(),
      isSpent: false,
      isTold: false,
      arrival: undefined,
      onArrival: () => undefined,
    });
    return nonce;
  }

  #makeRoom(pairing: string): void {
    for (const [nonce, probe] of this.#issued) {
      if (this.#isExpired(probe)) this.#issued.delete(nonce);
    }
    const own = [...this.#issued].filter(([, probe]) => probe.pairing === pairing);
    const tooMany = Math.max(0, own.length + 1 - MAX_OUTSTANDING);
    for (const [nonce] of own.slice(0, tooMany)) this.#issued.delete(nonce);
  }

  #isExpired({ issuedMs }: IssuedProbe): boolean {
    return this.#nowMs() - issuedMs > PROBE_MS;
  }

  /** Where the probes come out that reach an account's listener. */
  inboxOf(account: string): ProbeInbox {
    return { take: (probe) => this.#take(probe, account) };
  }

  /** Until it expires it is swallowed also when its outcome was told: it is late, and no letter. */
  #take({ nonce, address, connectedMs }: ArrivedProbe, account: string): boolean {
    const probe = this.#issued.get(nonce);
    if (probe === undefined || probe.isSpent || this.#isExpired(probe)) return false;
    probe.isSpent = true;
    if (!isSameMailbox(address, probe.address)) return false;
    // Over a connection from before it tells where mail went then: Thunderbird keeps one for some
    // seconds, also when the server was given another address since.
    if (connectedMs < probe.issuedMs) return true;
    probe.arrival = { account, ms: this.#nowMs() };
    probe.onArrival();
    return true;
  }

  /** Where a probe came out; waits for it a little. */
  async outcomeOf(pairing: string, nonce: string): Promise<Route> {
    const probe = this.#issued.get(nonce);
    if (probe === undefined || probe.pairing !== pairing || probe.isTold) return NOT_SEEN;
    probe.isTold = true;
    if (probe.arrival === undefined) await this.#arrivalOf(probe);
    const { arrival } = probe;
    if (arrival === undefined || this.#isExpired(probe)) return NOT_SEEN;
    if (!listeningAs(this.#accounts(), arrival.account)) return NOT_SEEN;
    return {
      kind: 'through-proxy',
      account: arrival.account,
      evidence: { by: 'probe', ageMs: this.#nowMs() - arrival.ms },
    };
  }

  #arrivalOf(probe: IssuedProbe): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, this.#arrivalMs);
      probe.onArrival = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}

/**
 * RFC 5321 §2.4: domains without case, local parts as they are. Mail programs write an
 * international domain as A-labels, or as UTF-8 where the server takes it (RFC 6531 §3.3).
 *
 * @param octets of a path without its brackets
 */
function isSameMailbox(octets: string, address: string): boolean {
  return (
    withAsciiDomain(Buffer.from(octets, 'latin1').toString('utf8')) === withAsciiDomain(address)
  );
}

function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  const domain = address.slice(at);
  return address.slice(0, at) + (domainToASCII(domain) || domain.toLowerCase());
}
