import { setTimeout as wait } from 'node:timers/promises';

/** More than any person's mail programs open; each has a session upstream. */
export const MAX_CONNECTIONS = 100;

/** Connections on which nobody logged in and nothing was sent; what is more in a minute waits. */
const FREE_FRUITLESS_A_MINUTE = 60;

/** Of one connection. */
export const MAX_FAILED_LOGINS = 3;

const MINUTE_MS = 60_000;
const MAX_CONNECTION_WAIT_MS = 10_000;
const MAX_LOGIN_WAIT_MS = 3_000;

/** Logins that wait for their turn; a person's own must not wait behind a crowd. */
const MAX_LOGINS_WAITING = 5;

/** Events of the last minute. */
class LastMinute {
  readonly #now: () => number;
  #times: number[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  add(): void {
    this.#times.push(this.#now());
  }

  get count(): number {
    const since = this.#now() - MINUTE_MS;
    this.#times = this.#times.filter((time) => time > since);
    return this.#times.length;
  }
}

/**
 * What one listener bears: any program on this computer can connect to it, and each connection
 * costs the submission server one, each login a guess at a password.
 */
export class ListenerLimits {
  #open = 0;
  #loginsWaiting = 0;
  #lastTurn: Promise<void> = Promise.resolve();
  readonly #fruitless: LastMinute;
  readonly #failedLogins: LastMinute;

  /** @param now milliseconds, monotonic: a clock that is set must not forgive or punish */
  constructor(now: () => number = () => performance.now()) {
    this.#fruitless = new LastMinute(now);
    this.#failedLogins = new LastMinute(now);
  }

  get isFull(): boolean {
    return this.#open >= MAX_CONNECTIONS;
  }

  /** @returns whether one more connection is served; each call needs one of `left` */
  admit(): boolean {
    this.#open += 1;
    return this.#open <= MAX_CONNECTIONS;
  }

  /** @param fruitful whether anybody logged in or sent a message on it */
  left(fruitful: boolean): void {
    this.#open -= 1;
    if (!fruitful) this.#fruitless.add();
  }

  loginFailed(): void {
    this.#failedLogins.add();
  }

  /**
   * How long a new connection waits for its session upstream. It is not refused: then any web
   * page could keep the person's own mail program out.
   */
  get connectionWaitMs(): number {
    const beyond = this.#fruitless.count - FREE_FRUITLESS_A_MINUTE;
    return Math.min(Math.max(beyond, 0) * 100, MAX_CONNECTION_WAIT_MS);
  }

  /** How long the next login is held back: a mistake or three cost nothing, a search for one does. */
  get loginWaitMs(): number {
    const beyond = this.#failedLogins.count - MAX_FAILED_LOGINS;
    return Math.min(Math.max(beyond, 0) * 1000, MAX_LOGIN_WAIT_MS);
  }

  /**
   * Waits for the turn of a login: after failed ones there is one at a time, however many
   * connections try.
   *
   * @returns false when too many wait already
   */
  async loginTurn(): Promise<boolean> {
    if (this.loginWaitMs === 0) return true;
    if (this.#loginsWaiting >= MAX_LOGINS_WAITING) return false;
    this.#loginsWaiting += 1;
    const turn = this.#lastTurn.then(() => wait(this.loginWaitMs));
    this.#lastTurn = turn;
    await turn;
    this.#loginsWaiting -= 1;
    return true;
  }
}
