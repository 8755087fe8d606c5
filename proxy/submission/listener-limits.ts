/** More than any person's mail programs open; each has a session upstream. */
const MAX_CONNECTIONS = 100;

/** Connections in a minute on which nobody logged in and nothing was sent. */
const MAX_FRUITLESS_A_MINUTE = 60;

/** Of one connection. */
export const MAX_FAILED_LOGINS = 3;

const MINUTE_MS = 60_000;
const MAX_LOGIN_WAIT_MS = 10_000;

/** Events of the last minute (monotonic). */
class LastMinute {
  #times: number[] = [];

  add(): void {
    this.#times.push(performance.now());
  }

  get count(): number {
    const since = performance.now() - MINUTE_MS;
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
  readonly #fruitless = new LastMinute();
  readonly #failedLogins = new LastMinute();

  /** @returns whether one more connection is served; each call needs one of `left` */
  admit(): boolean {
    this.#open += 1;
    return this.#open <= MAX_CONNECTIONS && this.#fruitless.count < MAX_FRUITLESS_A_MINUTE;
  }

  /** @param fruitful whether anybody logged in or sent a message on it */
  left(fruitful: boolean): void {
    this.#open -= 1;
    if (!fruitful) this.#fruitless.add();
  }

  loginFailed(): void {
    this.#failedLogins.add();
  }

  /** How long the next login is held back: a mistake or three cost nothing, a search for one does. */
  get loginWaitMs(): number {
    const beyond = this.#failedLogins.count - MAX_FAILED_LOGINS;
    return Math.min(Math.max(beyond, 0) * 1000, MAX_LOGIN_WAIT_MS);
  }
}
