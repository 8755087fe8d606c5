import type { Logger } from 'pino';
import type {
  Looked,
  MtaStsFacts,
  PolicyFact,
  WhyNoPolicy,
} from '../../../shared/forecast/facts.ts';
import { readMtaStsRecord } from '../../../shared/forecast/mta-sts.ts';
import { within } from '../../submission/deadline.ts';
import type { Trust } from '../../submission/tls-profile.ts';
import { KeptPolicies, type KeptPolicy } from './kept-policies.ts';
import { keptPlace } from '../kept-place.ts';
import { PolicyHost, type AddressesOf } from './policy-host.ts';

export type MtaStsOptions = {
  /** The state folder. */
  readonly state: string;
  readonly trust: Trust;
  readonly policyPort: number;
  readonly allowSpecialAddresses: boolean;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly fetchMs?: number;
};

export type MtaStsLookUps = {
  /** TXT records, the strings of each joined. */
  readonly txt: (name: string) => Promise<Looked<readonly string[]>>;
  /** A and AAAA records together. */
  readonly addresses: AddressesOf;
};

type Policy = Extract<PolicyFact, { kind: 'policy' }>;
type Failure = Extract<PolicyFact, { kind: 'failed' }>;

/** RFC 8461 §3.3: a policy is fetched again before it expires, once a day. */
const REFRESH_MS = 24 * 60 * 60 * 1000;

/** A policy that is kept is shown after so long, whatever becomes of its refresh. */
const REFRESH_WAIT_MS = 1000;

/** Nobody was bothered by these attempts, so the next one need not wait (RFC 8461 §3.3). */
const NOT_EVEN_TRIED: readonly WhyNoPolicy[] = ['DNS failed', 'special address'];

/**
 * Finds out the MTA-STS policy of domains (RFC 8461 §3).
 *
 * A policy that was fetched holds for its max_age, whatever becomes of its record and whoever
 * keeps it from being fetched again; only another policy, fetched like the first one, takes its
 * place. That is how a domain leaves: by a policy of the mode `none`.
 */
export class MtaSts {
  readonly #kept: KeptPolicies;
  readonly #host: PolicyHost;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #fetching = new Map<string, Promise<Policy | Failure>>();
  #isClosed = false;

  constructor(options: MtaStsOptions) {
    const { state, trust, policyPort: port, allowSpecialAddresses, log } = options;
    const { now = Date.now, fetchMs } = options;
    const placeOf = (what: string) =>
      keptPlace(what, { trust, port, usualPort: 443, allowSpecialAddresses });
    this.#kept = new KeptPolicies({ state, placeOf, log, now });
    this.#host = new PolicyHost({
      trust,
      port,
      allowSpecialAddresses,
      ...(fetchMs !== undefined && { fetchMs }),
    });
    this.#log = log;
    this.#now = now;
  }

  /** @param domain in A-label form; the policy is its own, never that of a domain above it */
  async factsOf(domain: string, { txt, addresses }: MtaStsLookUps): Promise<MtaStsFacts> {
    const record = await txt(`_mta-sts.${domain}`);
    const announced = readMtaStsRecord(record.kind === 'found' ? record.records : []);
    const kept = await this.#kept.policyOf(domain);
    const policy =
      announced.kind === 'id'
        ? await this.#announced({ domain, id: announced.id, kept, addresses })
        : await this.#notAnnounced({ domain, record, kept, addresses });
    return { record, policy };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#host.close();
    await Promise.allSettled(this.#fetching.values());
  }

  async #announced({ domain, id, kept, addresses }: Announced): Promise<PolicyFact> {
    if (kept?.policy.id === id) {
      const policy = await this.#refreshed(domain, kept, addresses);
      return { ...policy, kept: 'as announced' };
    }
    const fetched = await this.#fetched(domain, id, addresses);
    if (fetched.kind === 'policy' || kept === undefined) return fetched;
    return { kind: 'policy', policy: kept.policy, kept: 'fetch failed', ageMs: kept.ageMs };
  }

  /** Neither a record that vanished nor one that cannot be read removes a policy (RFC 8461 §3.1). */
  async #notAnnounced({ domain, record, kept, addresses }: NotAnnounced): Promise<PolicyFact> {
    if (kept !== undefined) {
      const policy = await this.#refreshed(domain, kept, addresses);
      return { ...policy, kept: 'record vanished' };
    }
    if (record.kind !== 'failed') return { kind: 'none' };
    return { kind: 'failed', why: 'DNS failed', detail: record.why, ageMs: record.ageMs };
  }

  /** What is kept, or what takes its place where it is time to look for that. */
  async #refreshed(domain: string, kept: KeptPolicy, addresses: AddressesOf): Promise<Policy> {
    const { policy, ageMs, isAhead } = kept;
    const known: Policy = { kind: 'policy', policy, kept: 'as announced', ageMs };
    if (ageMs < REFRESH_MS && !isAhead) return known;
    // What comes later goes on, for the next who asks.
    const fetching = this.#fetched(domain, policy.id, addresses);
    const refreshed = await within(REFRESH_WAIT_MS, 'policy', fetching).catch(() => undefined);
    return refreshed?.kind === 'policy' ? refreshed : known;
  }

  /** One attempt for all who ask at the same time. */
  async #fetched(domain: string, id: string, addresses: AddressesOf): Promise<Policy | Failure> {
    const key = `${domain} ${id}`;
    const underWay = this.#fetching.get(key);
    if (underWay !== undefined) return await underWay;
    const fetching = this.#fetch(domain, id, addresses).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return await fetching;
  }

  async #fetch(domain: string, id: string, addresses: AddressesOf): Promise<Policy | Failure> {
    const before = await this.#kept.failureOf(domain, id);
    if (before !== undefined) return before;
    const asked = this.#now();
    if (this.#isClosed) return { kind: 'failed', why: 'timed out', ageMs: 0 };
    const fetched = await this.#host.fetch(domain, addresses);
    if (fetched.kind === 'failed') {
      const failure = { ...fetched, ageMs: 0 };
      this.#log.debug({ event: 'policy not fetched', domain, why: fetched.why });
      if (!this.#isClosed && !NOT_EVEN_TRIED.includes(failure.why)) {
        await this.#kept.keepFailure(domain, id, failure);
      }
      return failure;
    }
    const policy = { ...fetched.policy, id };
    await this.#kept.keep(domain, policy, asked);
    return { kind: 'policy', policy, kept: 'as announced', ageMs: 0 };
  }
}

type Announced = {
  readonly domain: string;
  readonly id: string;
  readonly kept: KeptPolicy | undefined;
  readonly addresses: AddressesOf;
};
type NotAnnounced = Omit<Announced, 'id'> & { readonly record: Looked<readonly string[]> };
