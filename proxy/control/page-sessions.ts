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

/** As letters of base 32 they are one label of a name (RFC 1035 §2.3.1). */
const LABEL_OCTETS = 16;
const LABEL_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const TIME_OCTETS = 6;
const RANDOM_OCTETS = 4;

export type PageSession = {
  readonly session: string;
  /** base64url of 32 octets. */
  readonly key: string;
  /** A token for the same page when it is loaded anew; good once. */
  readonly again: string;
};

type Link = { readonly label: string; readonly givenOut: number };
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
 * Each link has an origin of its own, `http://LABEL.localhost:PORT`. At one that a browser had
 * visited before, a program that held the port meanwhile may have left a service worker or a
 * cached script, which would get hold of the next link. A session is of use at its own origin only.
 *
 * The keys are derived from the sessions' names, so that a page which is open goes on by itself
 * when the proxy is started again. Nothing is written down for that. The page holds its key in
 * memory only. What it keeps in the browser for being loaded anew ends with this process.
 */
export class PageSessions {
  readonly #key: Uint8Array;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  readonly #startedAt: number;
  readonly #startedMonotonic: number;
  readonly #links = new Map<string, Link>();
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

  /** A link for a browser on this computer. What stands behind `#` is never sent to a server. */
  link(port: number): string {
    const token = freshToken();
    const label = labelFrom(randomBytes(LABEL_OCTETS));
    keepNewest(this.#links, MAX_LINKS - 1);
    this.#links.set(token, { label, givenOut: this.#monotonic() });
    return `http://${label}.localhost:${port}${PAGE_PATH}#${token}`;
  }

  /**
   * @param origin of the page that has the token
   * @returns undefined for a token that was used before, is too old, was never given out, or was
   * for a page of another origin
   */
  open(token: string, origin: string): PageSession | undefined {
    const label = this.#takeLink(token) ?? this.#takeSession(token);
    if (label === undefined || label !== labelOf(origin)) return undefined;

    const time = Buffer.alloc(TIME_OCTETS);
    time.writeUIntBE(this.#now(), 0, TIME_OCTETS);
    const session = label + Buffer.concat([time, randomBytes(RANDOM_OCTETS)]).toString('hex');
    const again = freshToken();
    this.#keep(session, again);
    return { session, key: this.#derivedKey(session).toString('base64url'), again };
  }

  /**
   * The key of a session, by which the question that names it has to be proved.
   *
   * @param origin of the page that asks
   * @returns undefined for a session that was not used for long, that there never was, or that
   * belongs to another origin
   */
  keyOf(session: string, origin: string): Buffer | undefined {
    if (session.slice(0, LABEL_LENGTH) !== labelOf(origin)) return undefined;
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

  /** @returns the label of its origin */
  #takeLink(token: string): string | undefined {
    const link = this.#links.get(token);
    this.#links.delete(token);
    const isGood = link !== undefined && this.#monotonic() - link.givenOut <= LINK_MS;
    return isGood ? link.label : undefined;
  }

  /** A page that is loaded anew takes its own place. */
  #takeSession(token: string): string | undefined {
    for (const [session, open] of this.#sessions) {
      if (token === '' || open.again !== token) continue;
      this.#sessions.delete(session);
      return this.#isInUse(open) ? session.slice(0, LABEL_LENGTH) : undefined;
    }
    return undefined;
  }

  #isInUse({ usedAt }: OpenSession): boolean {
    return this.#monotonic() - usedAt <= IDLE_MS;
  }

  /** Whether a session may be of the proxy that ran before this one. */
  #isResumable(session: string): boolean {
    const written = SESSION.exec(session)?.[1];
    if (written === undefined) return false;
    const openedAt = Number.parseInt(written, 16);
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

const LABEL_LENGTH = Math.ceil((LABEL_OCTETS * 8) / 5);
const PAGE_HOST = new RegExp(`^([a-z2-7]{${LABEL_LENGTH}})\\.localhost:(\\d{1,5})$`);
const SESSION = new RegExp(
  `^[a-z2-7]{${LABEL_LENGTH}}([0-9a-f]{${2 * TIME_OCTETS}})[0-9a-f]{${2 * RANDOM_OCTETS}}$`,
);

/** Whether this may be the host of a page that has a link: any label of the right form. */
export function isPageHost(host: string, port: number): boolean {
  return PAGE_HOST.exec(host)?.[2] === String(port);
}

function labelOf(origin: string): string | undefined {
  return PAGE_HOST.exec(origin.replace(/^http:\/\//, ''))?.[1];
}

/** RFC 4648 §6, in small letters and without padding. */
function labelFrom(octets: Uint8Array): string {
  const bits = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => LABEL_LETTERS[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
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
