import { createHmac, randomBytes } from 'node:crypto';
import { PAGE_PATH } from './page-files.ts';

/** From the command that prints a link to the browser that opens it. */
const LINK_MS = 60_000;

/** A page that is open asks all the time; one that is closed says nothing. */
const IDLE_MS = 30 * 60_000;

/** Of the person's day: so old a session is not taken up again after a restart. */
const RESUMABLE_MS = 12 * 60 * 60_000;

const MAX_LINKS = 20;
const MAX_SESSIONS = 20;

const RANDOM_OCTETS = 16;
const TIME_OCTETS = 6;

export type PageSession = {
  readonly session: string;
  /** base64url of 32 octets. */
  readonly key: string;
};

type PageSessionsOptions = {
  /** Known to this proxy alone, and to the one that is started after it. */
  readonly key: Uint8Array;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds that no clock can turn back. */
  readonly monotonic?: () => number;
};

/**
 * Lets a page of receipts in a browser ask: who has a link, printed for the person who may read
 * the state folder, exchanges its token for a session and a key. The link is good once.
 *
 * The keys are derived from the sessions' names, so that a page which is open goes on by itself
 * when the proxy is started again. Nothing is written down for that.
 */
export class PageSessions {
  readonly #key: Uint8Array;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #startedAt: number;
  readonly #startedMonotonic: number;
  /** When each token was given out. */
  readonly #links = new Map<string, number>();
  /** When each session was last used, the longest unused first. */
  readonly #sessions = new Map<string, number>();

  constructor({
    key,
    now = Date.now,
    monotonic = performance.now.bind(performance),
  }: PageSessionsOptions) {
    this.#key = key;
    this.#now = now;
    this.#monotonic = monotonic;
    this.#startedAt = now();
    this.#startedMonotonic = monotonic();
  }

  /**
   * A link for a browser on this computer. What stands behind `#` is never sent to a server.
   *
   * @param origin where the control server is reached, `http://127.0.0.1:8690`
   */
  link(origin: string): string {
    const token = randomBytes(32).toString('base64url');
    keepNewest(this.#links, MAX_LINKS - 1);
    this.#links.set(token, this.#monotonic());
    return `${origin}${PAGE_PATH}#${token}`;
  }

  /** @returns undefined for a link that was used before, is too old, or was never given out */
  open(token: string): PageSession | undefined {
    const givenOut = this.#links.get(token);
    this.#links.delete(token);
    if (givenOut === undefined || this.#monotonic() - givenOut > LINK_MS) return undefined;

    const time = Buffer.alloc(TIME_OCTETS);
    time.writeUIntBE(this.#now(), 0, TIME_OCTETS);
    const session = Buffer.concat([randomBytes(RANDOM_OCTETS), time]).toString('base64url');
    this.used(session);
    return { session, key: this.#derivedKey(session).toString('base64url') };
  }

  /**
   * The key of a session, by which the question that names it has to be proved.
   *
   * @returns undefined for a session that was not used for long, or that there never was
   */
  keyOf(session: string): Buffer | undefined {
    const usedAt = this.#sessions.get(session);
    const isKnown =
      usedAt === undefined ? this.#isResumable(session) : this.#monotonic() - usedAt <= IDLE_MS;
    return isKnown ? this.#derivedKey(session) : undefined;
  }

  /** Notes that a session was used: only after a proof, or anybody could push others out. */
  used(session: string): void {
    this.#sessions.delete(session);
    keepNewest(this.#sessions, MAX_SESSIONS - 1);
    this.#sessions.set(session, this.#monotonic());
  }

  /** Whether a session may be of the proxy that ran before this one. */
  #isResumable(session: string): boolean {
    const octets = Buffer.from(session, 'base64url');
    if (octets.length !== RANDOM_OCTETS + TIME_OCTETS) return false;
    const openedAt = octets.readUIntBE(RANDOM_OCTETS, TIME_OCTETS);
    return (
      this.#monotonic() - this.#startedMonotonic <= IDLE_MS &&
      openedAt < this.#startedAt &&
      this.#now() - openedAt <= RESUMABLE_MS
    );
  }

  #derivedKey(session: string): Buffer {
    const text = `requiretls 1 page\n${session}`;
    return createHmac('sha256', this.#key).update(text, 'utf8').digest();
  }
}

function keepNewest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
