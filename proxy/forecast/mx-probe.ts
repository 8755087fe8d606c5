import type { Logger } from 'pino';
import type { ProbeFact } from '../../shared/forecast/facts.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { KeptObservations, type Sighting } from './kept-observations.ts';
import { keptPlace } from './kept-place.ts';
import { MailServers, type MailServersOptions } from './mail-servers.ts';
import { Port25 } from './port-25.ts';

export type MxProbeOptions = Omit<MailServersOptions, 'now'> & {
  /** The state folder. */
  readonly state: string;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type NotSeen = Extract<ProbeFact, { kind: 'not seen' }>;

/** How old a look may be that is not repeated: of a server that offers REQUIRETLS, or does not. */
const FRESH_MS = { offered: 24 * 60 * 60 * 1000, notOffered: 60 * 60 * 1000 };
/** How long a server is left alone that could not be seen. */
const LEFT_ALONE_MS = 10 * 60 * 1000;
const MAX_LEFT_ALONE = 1000;

const AT_ONCE = 10;
const MAX_WAITING = 200;

/**
 * Looks at what mail servers offer on port 25. Each is looked at about once a day, whatever number
 * of domains it serves, and what was seen is told until it is a week old: that a server cannot be
 * reached now takes nothing of that away.
 */
export class MxProbe {
  readonly #log: Logger;
  readonly #kept: KeptObservations;
  readonly #servers: MailServers;
  readonly #port25: Port25;
  readonly #queue = new BoundedQueue({ running: AT_ONCE, waiting: MAX_WAITING });
  readonly #underWay = new Map<string, Promise<ProbeFact>>();
  readonly #leftAlone = new Map<string, { readonly fact: NotSeen; readonly at: number }>();

  private constructor(options: MxProbeOptions) {
    const { state, trust, mxPort: port, allowSpecialAddresses, log, now = Date.now } = options;
    const learntBy = { trust, port, usualPort: 25, allowSpecialAddresses };
    const kept = (what: string) => ({ state, within: keptPlace(what, learntBy), log, now });
    this.#log = log;
    this.#kept = new KeptObservations(kept('observations'));
    this.#port25 = new Port25(kept('port-25'));
    this.#servers = new MailServers({ ...options, now });
  }

  static open(options: MxProbeOptions): Promise<MxProbe> {
    return Promise.resolve(new MxProbe(options));
  }

  /** What was seen of a host within the last week, by this process or another one. */
  async lastSeen(host: string): Promise<ProbeFact | undefined> {
    return await this.#kept.lastSeen(host);
  }

  /**
   * Looks at a host, or tells what was seen of it lately.
   *
   * @param host in A-label form
   * @param addresses as the DNS gave them; they are checked before one is connected to
   */
  async probe(host: string, addresses: readonly string[]): Promise<ProbeFact> {
    const last = await this.#kept.lastSeen(host);
    if (last !== undefined && last.ageMs < freshMs(last)) return last;
    const looked = await this.#looked(host, addresses);
    return looked.kind === 'not seen' ? (last ?? looked) : looked;
  }

  async close(): Promise<void> {
    this.#servers.close();
    await this.#queue.end();
  }

  /** One look for all who ask at the same time. */
  async #looked(host: string, addresses: readonly string[]): Promise<ProbeFact> {
    const underWay = this.#underWay.get(host);
    if (underWay !== undefined) return await underWay;
    const looking = this.#inTurn(host, addresses).finally(() => this.#underWay.delete(host));
    this.#underWay.set(host, looking);
    return await looking;
  }

  async #inTurn(host: string, addresses: readonly string[]): Promise<ProbeFact> {
    const known = await this.#notNow(host);
    if (known !== undefined) return known;
    return await new Promise<ProbeFact>((resolve) => {
      this.#queue.add({
        run: async () => resolve(await this.#look(host, addresses)),
        drop: () => resolve(notSeen('timed out')),
      });
    });
  }

  /** Why it is not even tried. */
  async #notNow(host: string): Promise<NotSeen | undefined> {
    if (await this.#port25.isClosed()) return notSeen('port 25 closed here');
    const alone = this.#leftAlone.get(host);
    if (alone === undefined) return undefined;
    const ageMs = performance.now() - alone.at;
    return ageMs < LEFT_ALONE_MS ? { ...alone.fact, ageMs } : undefined;
  }

  async #look(host: string, addresses: readonly string[]): Promise<ProbeFact> {
    const known = await this.#notNow(host); // found out while it waited for its turn
    if (known !== undefined) return known;

    const { connection, ...looked } = await this.#servers.look(host, addresses);
    const { look } = looked;
    this.#log.debug({ event: 'mail server looked at', host, saw: look.kind });
    if (connection === 'made') await this.#port25.answered();
    if (connection === 'silence') await this.#port25.silent(host, addresses);
    if (look.kind !== 'not seen') return await this.#kept.keep(host, { ...looked, look });
    const fact = notSeen(look.why);
    if (connection !== 'not tried') this.#leaveAlone(host, fact);
    return fact;
  }

  #leaveAlone(host: string, fact: NotSeen): void {
    this.#leftAlone.delete(host);
    this.#leftAlone.set(host, { fact, at: performance.now() });
    const [longest] = this.#leftAlone.keys();
    if (this.#leftAlone.size > MAX_LEFT_ALONE && longest !== undefined) {
      this.#leftAlone.delete(longest);
    }
  }
}

function freshMs(sighting: Sighting): number {
  const isOffered = sighting.kind === 'seen' && sighting.requireTls;
  return isOffered ? FRESH_MS.offered : FRESH_MS.notOffered;
}

function notSeen(why: NotSeen['why']): NotSeen {
  return { kind: 'not seen', why, ageMs: 0 };
}
