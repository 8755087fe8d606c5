import { createHash } from 'node:crypto';
import net from 'node:net';
import os from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { KeptFiles } from './kept-files.ts';

/** Hosts that keep silent in so many networks are not all broken at the same time. */
const ENOUGH_NETWORKS = 3;
/** The hosts of one name may all be down together, or have been written into a zone as a trap. */
const ENOUGH_NAMES = 2;

/** For so long it is not tried again; and what was found out before that does not count. */
const COUNTS_MS = 60 * 60 * 1000;

const MAX_SILENT = 20;

const EVIDENCE = v.strictObject({
  version: v.literal(1),
  /** In which network this computer was. */
  where: v.string(),
  /** Where a connection did not come about, and when, in milliseconds since 1970. */
  silent: v.pipe(
    v.array(v.strictObject({ name: v.string(), network: v.string(), at: v.number() })),
    v.maxLength(MAX_SILENT),
  ),
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
 * Hosts have to fail in three networks and under two names, and none may have answered meanwhile.
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
    this.#files = new KeptFiles(files);
    this.#now = now;
    this.#where = where;
  }

  async isClosed(): Promise<boolean> {
    return (await this.#evidence()).closedAt !== undefined;
  }

  /** A connection came about. */
  async answered(): Promise<void> {
    await this.#change(({ version, where }) => ({ version, where, silent: [] }));
  }

  /** None came about, though there is a way to the network: it was refused, or nobody answered. */
  async silent(host: string, addresses: readonly string[]): Promise<void> {
    const [address] = addresses;
    if (address === undefined) return;
    const one = { name: nameOf(host), network: networkOf(address), at: this.#now() };
    await this.#change((known) => {
      const others = known.silent.filter(({ network }) => network !== one.network);
      const silent = [...others, one].slice(-MAX_SILENT);
      const names = new Set(silent.map(({ name }) => name));
      const isEnough = silent.length >= ENOUGH_NETWORKS && names.size >= ENOUGH_NAMES;
      if (known.closedAt !== undefined || !isEnough) return { ...known, silent };
      return { ...known, silent: [], closedAt: one.at };
    });
  }

  /** What counts of what is known. */
  async #evidence(): Promise<Evidence> {
    const where = this.#where();
    const known = await this.#files.read(NAME);
    if (known?.where !== where) return { version: 1, where, silent: [] };
    const counts = (at: number) => at <= this.#now() && this.#now() - at < COUNTS_MS;
    const { closedAt } = known;
    const isClosed = closedAt !== undefined && counts(closedAt);
    const silent = known.silent.filter(({ at }) => counts(at));
    return { version: 1, where, silent, ...(isClosed && { closedAt }) };
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

/** What one provider or one site has: 16 bits of IPv4, 32 of IPv6. */
function networkOf(address: string): string {
  const octets = ipaddr.parse(address).toByteArray();
  return octets.slice(0, net.isIPv4(address) ? 2 : 4).join('.');
}

/** Its last two labels: more than one domain may share them, which only delays the finding. */
function nameOf(host: string): string {
  return host.split('.').slice(-2).join('.');
}

/** Changes with the network that a computer is in; a digest, so that the file tells nobody. */
function whereWeAre(): string {
  const interfaces = Object.values(os.networkInterfaces()).flatMap((one) => one ?? []);
  const addresses = interfaces
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ cidr }) => cidr);
  return createHash('sha256').update(JSON.stringify(addresses)).digest('hex');
}
