import type { Logger } from 'pino';
import type { DaneWord } from '../../../shared/forecast/dane-state.ts';
import type { Answer, PresentedCertificates, ProbeFact } from '../../../shared/forecast/facts.ts';
import { BoundedQueue } from '../bounded-queue.ts';
import { KeptObservations, sighting, type Sighting, type Sightings } from './kept-observations.ts';
import { keptPlace } from '../kept-place.ts';
import { MailServers, type MailServersOptions } from './mail-servers.ts';
import { Port25 } from './port-25.ts';

export type MxProbeOptions = Omit<MailServersOptions, 'now'> & {
  /** The state folder. */
  readonly state: string;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type Look = Parameters<MxProbe['probe']>;
type NotSeen = Extract<ProbeFact, { kind: 'not seen' }>;

/** For whom a server is looked at. */
export type LookedAtFor = {
  /** Whose mail it takes. */
  readonly domain: string;
  /** What DANE says of certificates by the records of now; PKIX counts where it says nothing. */
  readonly vouches: (certificates: PresentedCertificates) => Promise<DaneWord>;
  /** By which name it is asked for its certificate (RFC 7672 §8.1). */
  readonly serverName: () => Promise<string>;
};

/** How old a verified look may be that is not repeated: where REQUIRETLS is offered, or not. */
const FRESH_MS = { offered: 24 * 60 * 60 * 1000, notOffered: 60 * 60 * 1000 };
/** How long a server is left alone that could not be seen. */
const LEFT_ALONE_MS = 10 * 60 * 1000;
const MAX_LEFT_ALONE = 1000;

const AT_ONCE = 10;
const MAX_WAITING = 200;

/**
 * Looks at what mail servers offer on port 25. Each is looked at about once a day, whatever number
 * of domains it serves, and what was seen inside verified TLS is told until it is a week old: that
 * a server cannot be reached now, or that something in this network speaks in its place, takes
 * nothing of that away.
 */
export class MxProbe {
  readonly #log: Logger;
  readonly #kept: KeptObservations;
  readonly #servers: MailServers;
  readonly #port25: Port25;
  readonly #queue = new BoundedQueue({ running: AT_ONCE, waiting: MAX_WAITING });
  readonly #underWay = new Map<string, Promise<ProbeFact>>();
  #isClosed = false;
  readonly #leftAlone = new Map<string, { readonly fact: NotSeen; readonly at: number }>();

  constructor(options: MxProbeOptions) {
    const { state, trust, mxPort: port, allowSpecialAddresses, log, now = Date.now } = options;
    const learntBy = { trust, port, usualPort: 25, allowSpecialAddresses };
    const kept = (what: string) => ({ state, within: keptPlace(what, learntBy), log, now });
    this.#log = log;
    this.#kept = new KeptObservations(kept('observations'));
    this.#port25 = new Port25(kept('port-25'));
    this.#servers = new MailServers({ ...options, now });
  }

  /** What was seen of a host lately, by this process or another one. */
  async lastSeen(
    host: string,
    lookedAtFor: Pick<LookedAtFor, 'vouches'>,
  ): Promise<ProbeFact | undefined> {
    const { verified, unverified, outdated } = await this.#sightingsOf(host, lookedAtFor);
    return verified ?? unverified ?? outdated;
  }

  /**
   * Looks at a host, or tells what was seen of it lately.
   *
   * @param host in A-label form
   * @param addresses as the DNS gave them; they are checked before one is connected to
   */
  async probe(
    host: string,
    addresses: readonly string[],
    lookedAtFor: LookedAtFor,
  ): Promise<ProbeFact> {
    const { verified, unverified } = await this.#sightingsOf(host, lookedAtFor);
    if (verified !== undefined && isFresh(verified)) return verified;
    if (unverified !== undefined) return verified ?? unverified;
    const looked = await this.#looked(host, addresses, lookedAtFor);
    return looked.kind === 'not seen' ? (verified ?? looked) : looked;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#servers.close();
    await this.#queue.end();
  }

  /**
   * What was verified once counts as verified only as long as the records of now do not say
   * otherwise: who renews a certificate and forgets its records is to be looked at again.
   */
  async #sightingsOf(
    host: string,
    lookedAtFor: Pick<LookedAtFor, 'vouches'>,
  ): Promise<Sightings & { readonly outdated?: Sighting }> {
    await this.#port25.tidy();
    const { verified, unverified } = await this.#kept.sightingsOf(host);
    return verified?.kind === 'seen' &&
      (await verification(verified.certificates, lookedAtFor)) === 'no'
      ? { verified: undefined, unverified, outdated: verified }
      : { verified, unverified };
  }

  /** One look for all who ask at the same time. */
  async #looked(...[host, addresses, lookedAtFor]: Look): Promise<ProbeFact> {
    const underWay = this.#underWay.get(host);
    if (underWay !== undefined) return await underWay;
    const looking = this.#inTurn(host, addresses, lookedAtFor).finally(() =>
      this.#underWay.delete(host),
    );
    this.#underWay.set(host, looking);
    return await looking;
  }

  async #inTurn(...look: Look): Promise<ProbeFact> {
    const [host] = look;
    const known = await this.#notNow(host);
    if (known !== undefined) return known;
    return await new Promise<ProbeFact>((resolve) => {
      this.#queue.add({
        run: async () => resolve(await this.#look(...look)),
        drop: () => resolve(notSeen('timed out')),
      });
    });
  }

  /** Why it is not even tried. */
  async #notNow(host: string): Promise<NotSeen | undefined> {
    if (this.#isClosed) return notSeen('timed out');
    if (await this.#port25.isClosed()) return notSeen('port 25 closed here');
    const alone = this.#leftAlone.get(host);
    if (alone === undefined) return undefined;
    const ageMs = performance.now() - alone.at;
    return ageMs < LEFT_ALONE_MS ? { ...alone.fact, ageMs } : undefined;
  }

  async #look(...[host, addresses, lookedAtFor]: Look): Promise<ProbeFact> {
    const known = await this.#notNow(host); // found out while it waited for its turn
    if (known !== undefined) return known;

    const serverName = await lookedAtFor.serverName();
    const { connection, ...looked } = await this.#servers.look({ host, serverName }, addresses);
    const { look } = looked;
    this.#log.debug({ event: 'mail server looked at', host, saw: look.kind });
    if (connection === 'made') await this.#port25.answered();
    if (connection === 'silence' || connection === 'refusal') {
      await this.#port25.failed(lookedAtFor.domain, addresses, connection);
    }
    if (look.kind === 'not seen') {
      const fact = notSeen(look.why);
      if (connection !== 'not tried') this.#leaveAlone(host, fact);
      return fact;
    }
    const isVerified =
      look.kind === 'seen' && (await verification(look.certificates, lookedAtFor)) === 'yes';
    await this.#kept.keep(host, { ...looked, look }, isVerified);
    // A verified one of before is not taken back by what anybody on the way can show.
    const sightings = isVerified ? undefined : await this.#sightingsOf(host, lookedAtFor);
    return sightings?.verified ?? sighting(look, 0);
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

/** Whether certificates verify: by DANE where it applies, and there by nothing else. */
async function verification(
  certificates: PresentedCertificates,
  { vouches }: Pick<LookedAtFor, 'vouches'>,
): Promise<Answer> {
  const said = await vouches(certificates);
  if (said !== 'does not apply') return said;
  return certificates.pkixFault === undefined ? 'yes' : 'no';
}

function isFresh(seen: Sighting): boolean {
  const isOffered = seen.kind === 'seen' && seen.requireTls;
  return seen.ageMs < (isOffered ? FRESH_MS.offered : FRESH_MS.notOffered);
}

function notSeen(why: NotSeen['why']): NotSeen {
  return { kind: 'not seen', why, ageMs: 0 };
}
