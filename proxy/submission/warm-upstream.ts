import type { Logger } from 'pino';
import type { Offer } from '../../shared/control/api.ts';
import { offersRequireTls } from '../../shared/submission/ehlo.ts';
import { printable } from '../printable.ts';
import { ComposeWindows } from './compose-windows.ts';
import { proveSession } from './proving.ts';
import { Rest } from './rest.ts';
import type { UpstreamSession } from './upstream-session.ts';
import type { OpenedUpstream, UpstreamDoor } from './upstream.ts';

/** A compose window that nobody speaks of any more. */
const FORGOTTEN_MS = 15 * 60_000;

/** Whoever asked what the server offers is about to send. */
const ASKED_MS = 30_000;

/** Nobody's window has this name. */
const ASKED = '(asked)';

const STOPPING = 'the proxy is stopping';

/** Some servers, and some routers on the way, forget a silent session after two minutes. */
const NOOP_MS = 60_000;

/** Without any answer for so long this computer was asleep, and the session is not what it was. */
const ASLEEP_MS = 2 * NOOP_MS;

/** For so long a fault is told again, and the server not asked. */
const FAULT_MS = 5_000;

/**
 * Keeps one session with the submission server proved and ready while a compose window is open, so
 * that who then sends is greeted at once. No login is ever in it: AUTH comes with the message.
 *
 * A server that closes what is idle gets a new session, yet never one after the other.
 */
export class WarmUpstream {
  readonly #door: UpstreamDoor;
  readonly #log: Logger;
  readonly #windows = new ComposeWindows(() => this.#drop());
  #session: UpstreamSession | undefined;
  #answeredAt = 0;
  /** The one that was asked whether it is still there, and has not answered yet. */
  #asked: UpstreamSession | undefined;
  #asking: NodeJS.Timeout | undefined;
  #opening: Opening | undefined;
  #fault: Unproved | undefined;
  readonly #rest = new Rest(() => {
    if (this.#windows.areOpen) this.#keep();
  });
  #isClosed = false;

  constructor(door: UpstreamDoor, log: Logger) {
    this.#door = door;
    this.#log = log.child({ warm: true });
  }

  /**
   * A compose window is open, or still is.
   *
   * @param window distinct among all windows of all mail programs
   */
  want(window: string): void {
    if (this.#isClosed) return;
    this.#windows.heardOf(window, FORGOTTEN_MS);
    this.#keep();
  }

  /** A compose window was closed. */
  unwant(window: string): void {
    this.#windows.closed(window);
  }

  /** Whether a session can be handed over now. */
  get isReady(): boolean {
    return this.#session !== undefined && this.#session !== this.#asked;
  }

  /**
   * Hands the session over: from now on it is the caller's alone, and the next one is opened when
   * a window is heard of again. It may be dead by now; nobody knows until it has answered.
   */
  take(): UpstreamSession | undefined {
    const session = this.#session;
    if (session === undefined || !this.isReady) return undefined;
    if (Date.now() - this.#answeredAt > ASLEEP_MS) {
      this.#drop();
      return undefined;
    }
    this.#session = undefined;
    clearTimeout(this.#asking);
    this.#rest.end();
    session.wire.onLost = () => undefined;
    return session;
  }

  /** What the server offers now. The session that says so is kept for a while. */
  async offer(): Promise<Offer> {
    const { host, port } = this.#door.server;
    const server = `${host}:${port}`;
    const unproved = (reason: string): Offer => ({
      kind: 'unproved',
      server,
      reason: `${host} cannot be used now: ${printable(reason).replace(/\.$/, '')}.`,
    });
    // Whoever asks again and again hears of the same fault for a while.
    if (this.#fault !== undefined) return unproved(this.#fault.reason);
    if (this.#isClosed) return unproved(STOPPING);

    this.#windows.heardOf(ASKED, this.#door.deadlines.provingMs + ASKED_MS);
    const opened = await this.#liveOrOpened();
    if (this.#isClosed) return unproved(STOPPING);
    this.#windows.heardOf(ASKED, ASKED_MS);
    if (opened.kind === 'unproved') return unproved(opened.reason);
    const { tls, keywords } = opened.session;
    return { kind: 'proved', server, tls: tls.version, requireTls: offersRequireTls(keywords) };
  }

  async #liveOrOpened(): Promise<OpenedUpstream> {
    const session = this.#session;
    if (session !== undefined) return { kind: 'proved', session };
    return await (this.#opening ?? this.#open()).opened;
  }

  /** A message under way is none of its business. */
  close(): void {
    this.#isClosed = true;
    this.#windows.closeAll();
    this.#drop();
    this.#rest.end();
  }

  #keep(): void {
    if (this.#session === undefined && this.#opening === undefined && !this.#rest.isOn)
      this.#open();
  }

  #open(): Opening {
    this.#rest.begin();
    const givingUp = new AbortController();
    const opened = proveSession(this.#door, givingUp.signal, this.#log);
    const opening = { givingUp, opened };
    this.#opening = opening;
    void opened.then((outcome) => this.#hasOpened(opening, outcome));
    return opening;
  }

  #hasOpened(opening: Opening, opened: OpenedUpstream): void {
    if (this.#opening !== opening) {
      if (opened.kind === 'proved') opened.session.wire.quit();
      return;
    }
    this.#opening = undefined;
    if (opened.kind === 'unproved') {
      this.#fault = opened;
      setTimeout(() => (this.#fault = undefined), FAULT_MS).unref();
      return this.#rest.beginLonger();
    }
    this.#session = opened.session;
    opened.session.wire.onLost = () => this.#lost();
    if (opened.session.isLost) this.#lost();
    else this.#hasAnswered(opened.session);
  }

  #hasAnswered(session: UpstreamSession): void {
    this.#answeredAt = Date.now();
    this.#asking = setTimeout(() => void this.#ask(session), NOOP_MS).unref();
  }

  async #ask(session: UpstreamSession): Promise<void> {
    this.#asked = session;
    const isThere = await session.isThere(this.#door.deadlines.aliveMs);
    this.#asked = undefined;
    if (this.#session !== session) return;
    if (!isThere) return this.#lost();
    this.#rest.forgive(); // it lives long
    this.#hasAnswered(session);
  }

  #lost(): void {
    this.#log.info({ event: 'lost', host: this.#door.server.host });
    clearTimeout(this.#asking);
    this.#session = undefined;
    this.#rest.beginLonger();
  }

  #drop(): void {
    clearTimeout(this.#asking);
    this.#opening?.givingUp.abort();
    this.#opening = undefined;
    this.#session?.wire.quit();
    this.#session = undefined;
  }
}

type Unproved = Extract<OpenedUpstream, { kind: 'unproved' }>;

type Opening = {
  readonly givingUp: AbortController;
  readonly opened: Promise<OpenedUpstream>;
};
