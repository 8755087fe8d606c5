import type { Logger } from 'pino';
import { loginCommand } from '../../shared/submission/login.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { printable } from '../printable.ts';
import { proveSession } from './proving.ts';
import { UpstreamLost } from './reply-reader.ts';
import type { UpstreamSession } from './upstream-session.ts';
import type { OpenedUpstream, UpstreamDoor } from './upstream.ts';
import type { WarmUpstream } from './warm-upstream.ts';

type Ways = {
  readonly door: UpstreamDoor;
  readonly warm: WarmUpstream;
  readonly log: Logger;
  /** The mail program has gone, and with it whoever would hear of a fault. */
  readonly gone: AbortSignal;
};

/**
 * The session with the submission server that one mail program uses. As long as nothing of the
 * mail program's has been answered on it, it is replaced without a word when it is lost, or was
 * kept warm and turns out to be dead; the new one is proved in the same way.
 */
export class SessionInUse {
  readonly #ways: Ways;
  #session: UpstreamSession | undefined;
  /** It was kept warm, and has answered nothing since. */
  #isStale = false;
  #onLost: () => void = () => undefined;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  /** The session as it was proved last. */
  get session(): UpstreamSession | undefined {
    return this.#session;
  }

  /** @param listener called when the server has gone without our doing */
  whenLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Whether the session went and took a login with it, which we do not have. */
  get loginIsLost(): boolean {
    return this.#session?.isLost === true && this.#session.isAuthenticated;
  }

  get isLoggedIn(): boolean {
    return this.#session?.isAuthenticated === true;
  }

  /** Takes a session that was kept warm, or proves one. */
  async prove(): Promise<OpenedUpstream> {
    const session = this.#ways.warm.take();
    if (session === undefined) return await this.#proveAnew();
    this.#use(session, 'stale');
    this.#ways.log.info({ event: 'warm', host: session.host, tls: session.tls.version });
    return { kind: 'proved', session };
  }

  async #proveAnew(): Promise<OpenedUpstream> {
    const { door, log, gone } = this.#ways;
    const opened = await proveSession(door, gone, log);
    if (opened.kind === 'proved') {
      if (gone.aborted) opened.session.wire.close();
      this.#use(opened.session, 'fresh');
    }
    return opened;
  }

  #use(session: UpstreamSession, state: 'stale' | 'fresh'): void {
    this.#session = session;
    this.#isStale = state === 'stale';
    session.wire.onLost = () => this.#onLost();
  }

  /**
   * Passes the first line of a login on.
   *
   * @throws UpstreamLost when it was not answered, or a login is lost already
   */
  async login(line: string): Promise<SmtpReply> {
    const { commandMs, aliveMs } = this.#ways.door.deadlines;
    const opened = await this.#live();
    if (opened.kind === 'unproved' || !this.#isStale) return await loginTo(opened, line, commandMs);

    const { wire } = opened.session;
    const heardOctets = wire.heardOctets;
    try {
      return await loginTo(opened, line, aliveMs);
    } catch (error) {
      // Once, and only where nothing was said to it: what was answered is never said again.
      if (wire.heardOctets !== heardOctets) throw error;
      this.#logLost(messageOf(error));
      return await loginTo(await this.#proveAnew(), line, commandMs);
    } finally {
      this.#isStale = false;
    }
  }

  /** The next line of a login: in the session that gave the challenge, and in no other. */
  async answerChallenge(response: string): Promise<SmtpReply> {
    if (this.#session === undefined) throw new UpstreamLost('the connection was lost');
    return await this.#session.login(response, this.#ways.door.deadlines.commandMs);
  }

  /**
   * A session for an envelope, which is said once and never again.
   *
   * @throws UpstreamLost when a login is lost
   */
  async forEnvelope(): Promise<OpenedUpstream> {
    const session = this.#session;
    if (this.#isStale && session !== undefined && !session.isLost) {
      const isThere = await session.isThere(this.#ways.door.deadlines.aliveMs);
      if (!isThere) this.#logLost('it did not answer');
    }
    this.#isStale = false;
    return await this.#live();
  }

  /** The session as it is, or a new one when it was lost before anybody logged in. */
  async #live(): Promise<OpenedUpstream> {
    const session = this.#session;
    if (session !== undefined && !session.isLost) return { kind: 'proved', session };
    if (this.loginIsLost) throw new UpstreamLost('the connection was lost');
    return await this.#proveAnew();
  }

  #logLost(reason: string): void {
    const { door, log } = this.#ways;
    log.info({ event: 'lost', host: door.server.host, reason: printable(reason) });
  }
}

/** Its own offer decides: the mail program has the one of the session before. */
async function loginTo(opened: OpenedUpstream, line: string, limitMs: number): Promise<SmtpReply> {
  if (opened.kind === 'unproved') return opened.reply;
  const login = loginCommand(line, opened.session);
  return login.kind === 'refuse' ? login.reply : await opened.session.login(login.line, limitMs);
}
