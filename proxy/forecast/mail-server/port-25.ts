import { createHash } from 'node:crypto';
import net from 'node:net';
import os from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { KeptFiles } from '../kept-files.ts';

/** Hosts that keep silent in so many networks are not all broken at the same time. */
const ENOUGH_NETWORKS = 3;
/** A server that refuses is perhaps only not running; some firewalls refuse in its place. */
const WEIGHTS = { silence: 2, refusal: 1 } as const;
/**
 * Of the servers of three domains at least, each of which counts once: anybody may have written
 * servers into his zone that nobody answers at.
 */
const ENOUGH_WEIGHT = 6;

/** For so long it is not tried again; and what was found out before that does not count. */
const COUNTS_MS = 60 * 60 * 1000;

const MAX_SILENT = 20;

const EVIDENCE = v.strictObject({
  version: v.literal(1),
  /** In which network this computer was. */
  where: v.string(),
  /** Where a connection did not come about, and when, in milliseconds since 1970. */
  silent: v.pipe(
    v.array(
      v.strictObject({
        /** A digest of whose mail it was about: whoever guesses the domain sees that it is it. */
        domain: v.string(),
        network: v.string(),
        weight: v.number(),
        at: v.number(),
      }),
    ),
    v.maxLength(MAX_SILENT),
  ),
  /** When a connection came about last. */
  answeredAt: v.optional(v.number()),
  closedAt: v.optional(v.number()),
});
type Evidence = v.InferOutput<typeof EVIDENCE>;

type Port25Options = {
  readonly state: string;
  readonly within: readonly string[];
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly where?: () => string;
};

/** The one file in its folder. */
const NAME = 'silence';

/**
 * Finds out whether mail servers can be connected to from here at all: most networks at home let
 * nobody out to port 25. Then none is tried for an hour, which would be a long wait each time.
 *
 * Servers of three domains have to fail, in three networks, and none may have answered within the
 * hour: or one recipient's domain could say for all that nothing can be seen.
 * Processes find it out together, in the state folder; what was found out in another network does
 * not count.
 */
export class Port25 {
  readonly #files: KeptFiles<Evidence>;
  readonly #now: () => number;
  readonly #where: () => string;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor({ state, within, log, now, where = whereWeAre }: Port25Options) {
    const files = { state, within, schema: EVIDENCE, limit: 1, worth: () => 0, log, now };
    const isOver = (known: Evidence) => !timesOf(known).some((at) => this.#counts(at));
    this.#files = new KeptFiles({ ...files, isOver });
    this.#now = now;
    this.#where = where;
  }

  async isClosed(): Promise<boolean> {
    return (await this.#evidence()).closedAt !== undefined;
  }

  /** Removes what does not count any more, where nobody is connected to. */
  async tidy(): Promise<void> {
    await this.#files.tidy();
  }

  /** A connection came about. */
  async answered(): Promise<void> {
    const answeredAt = this.#now();
    await this.#change(({ version, where }) => ({ version, where, silent: [], answeredAt }));
  }

  /**
   * None came about, though there is a way to the network.
   *
   * @param domain whose mail goes to the host
   */
  async failed(
    domain: string,
    addresses: readonly string[],
    how: keyof typeof WEIGHTS,
  ): Promise<void> {
    const [address] = addresses;
    if (address === undefined) return;
    const network = networkOf(address);
    const one = { domain: digestOf(domain), network, weight: WEIGHTS[how], at: this.#now() };
    await this.#change((known) => {
      const others = known.silent.filter(
        (other) => other.network !== network || other.domain !== one.domain,
      );
      const silent = [...others, one].slice(-MAX_SILENT);
      const isOpen = known.answeredAt !== undefined;
      if (isOpen || known.closedAt !== undefined || !isEnough(silent)) return { ...known, silent };
      return { ...known, silent: [], closedAt: one.at };
    });
  }

  /** What counts of what is known. */
  async #evidence(): Promise<Evidence> {
    const where = this.#where();
    const known = await this.#files.read(NAME);
    if (known?.where !== where) return { version: 1, where, silent: [] };
    const { closedAt, answeredAt } = known;
    return {
      version: 1,
      where,
      silent: known.silent.filter(({ at }) => this.#counts(at)),
      ...(answeredAt !== undefined && this.#counts(answeredAt) && { answeredAt }),
      ...(closedAt !== undefined && this.#counts(closedAt) && { closedAt }),
    };
  }

  #counts(at: number): boolean {
    return at <= this.#now() && this.#now() - at < COUNTS_MS;
  }

  /** One after the other, each on what is known then. */
  async #change(changed: (known: Evidence) => Evidence): Promise<void> {
    const before = this.#lastChange;
    const change = async () => {
      await before;
      const known = await this.#evidence();
      const next = changed(known);
      if (JSON.stringify(next) === JSON.stringify(known)) return;
      await this.#files.write(NAME, next, () => true);
    };
    const changing = change();
    this.#lastChange = changing.catch(() => undefined);
    await changing;
  }
}

function timesOf({ silent, answeredAt = 0, closedAt = 0 }: Evidence): readonly number[] {
  return [...silent.map(({ at }) => at), answeredAt, closedAt];
}

/** What one provider or one site has: 16 bits of IPv4, 32 of IPv6. */
function networkOf(address: string): string {
  const octets = ipaddr.parse(address).toByteArray();
  return octets.slice(0, net.isIPv4(address) ? 2 : 4).join('.');
}

function isEnough(silent: Evidence['silent']): boolean {
  const networks = new Set(silent.map(({ network }) => network));
  const weights = new Map<string, number>();
  for (const { domain, weight } of silent) {
    weights.set(domain, Math.max(weight, weights.get(domain) ?? 0));
  }
  const weight = [...weights.values()].reduce((sum, one) => sum + one, 0);
  return networks.size >= ENOUGH_NETWORKS && weight >= ENOUGH_WEIGHT;
}

/** Changes with the network that a computer is in; a digest, so that the file tells nobody. */
function whereWeAre(): string {
  const interfaces = Object.values(os.networkInterfaces()).flatMap((one) => one ?? []);
  const addresses = interfaces
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ cidr }) => cidr);
  return digestOf(JSON.stringify(addresses));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
