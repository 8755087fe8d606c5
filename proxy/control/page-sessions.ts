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
  /** A token for the same page when it is loaded anew; good once. */
  readonly again: string;
};

type OpenSession = { readonly usedAt: number; readonly again: string };

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
 * when the proxy is started again. Nothing is written down for that. The page holds its key in
 * memory only: what lies in the browser's storage can be read by whatever program serves a page
 * from the same port later. What the page keeps there for being loaded anew ends with this process.
 */
export class PageSessions {
  readonly #key: Uint8Array;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #startedAt: number;
  readonly #startedMonotonic: number;
  /** When each token was given out. */
  readonly #links = new Map<string, number>();
  /** The longest unused first. */
  readonly #sessions = new Map<string, OpenSession>();

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
    const token = freshToken();
    keepNewest(this.#links, MAX_LINKS - 1);
    this.#links.set(token, this.#monotonic());
    // The page asks where the extension does, and as its own server.
    return `${origin.replace('//localhost:', '//127.0.0.1:')}${PAGE_PATH}#${token}`;
  }

  /** @returns undefined for a token that was used before, is too old, or was never given out */
  open(token: string): PageSession | undefined {
    if (!this.#takeLink(token) && !this.#takeSession(token)) return undefined;

    const time = Buffer.alloc(TIME_OCTETS);
    time.writeUIntBE(this.#now(), 0, TIME_OCTETS);
    const session = Buffer.concat([randomBytes(RANDOM_OCTETS), time]).toString('base64url');
    const again = freshToken();
    this.#keep(session, again);
    return { session, key: this.#derivedKey(session).toString('base64url'), again };
  }

  /**
   * The key of a session, by which the question that names it has to be proved.
   *
   * @returns undefined for a session that was not used for long, or that there never was
   */
  keyOf(session: string): Buffer | undefined {
    const open = this.#sessions.get(session);
    const isKnown = open === undefined ? this.#isResumable(session) : this.#isInUse(open);
    return isKnown ? this.#derivedKey(session) : undefined;
  }

  /** Notes that a session was used: only after a proof, or anybody could push others out. */
  used(session: string): void {
    this.#keep(session, this.#sessions.get(session)?.again ?? '');
  }

  #keep(session: string, again: string): void {
    this.#sessions.delete(session);
    keepNewest(this.#sessions, MAX_SESSIONS - 1);
    this.#sessions.set(session, { usedAt: this.#monotonic(), again });
  }

  #takeLink(token: string): boolean {
    const givenOut = this.#links.get(token);
    this.#links.delete(token);
    return givenOut !== undefined && this.#monotonic() - givenOut <= LINK_MS;
  }

  /** A page that is loaded anew takes its own place. */
  #takeSession(token: string): boolean {
    for (const [session, open] of this.#sessions) {
      if (token === '' || open.again !== token) continue;
      this.#sessions.delete(session);
      return this.#isInUse(open);
    }
    return false;
  }

  #isInUse({ usedAt }: OpenSession): boolean {
    return this.#monotonic() - usedAt <= IDLE_MS;
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

function freshToken(): string {
  return randomBytes(32).toString('base64url');
}

function keepNewest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return;
    map.delete(key);
  }
}
