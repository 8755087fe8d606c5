import type { Receiver } from '../../shared/submission/envelope.ts';
import { loginCommand, loginResponse } from '../../shared/submission/login.ts';
import { sequence, tooManyFailedLogins } from '../../shared/submission/refusals.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { MAX_FAILED_LOGINS, type ListenerLimits } from './listener-limits.ts';
import type { Relay } from './relay.ts';

/** What came of one line of a login. */
export type LoginStep =
  /** The server's own words. After a 334 the mail program's next line is its answer. */
  | { readonly kind: 'answered'; readonly reply: SmtpReply }
  /** Ours: the server was not asked. */
  | { readonly kind: 'refused'; readonly reply: SmtpReply; readonly isLast: boolean };

/** The logins of one mail program, one after another (RFC 4954 §4), passed on line by line. */
export class LoginExchange {
  readonly #relay: Relay;
  readonly #limits: ListenerLimits;
  #failed = 0;
  #isLoggedIn = false;

  constructor(relay: Relay, limits: ListenerLimits) {
    this.#relay = relay;
    this.#limits = limits;
  }

  get isLoggedIn(): boolean {
    return this.#isLoggedIn;
  }

  /** @param command AUTH, as the mail program wrote it */
  async begin(command: string, receiver: Receiver): Promise<LoginStep> {
    if (this.#isLoggedIn) return { kind: 'refused', reply: sequence('MAIL'), isLast: false };
    if (this.#failed >= MAX_FAILED_LOGINS) {
      return { kind: 'refused', reply: tooManyFailedLogins(), isLast: true };
    }
    const login = loginCommand(command, receiver);
    if (login.kind === 'refuse') return { kind: 'refused', reply: login.reply, isLast: false };

    if (!(await this.#limits.loginTurn())) {
      return { kind: 'refused', reply: tooManyFailedLogins(), isLast: true };
    }
    return this.#noted(await this.#relay.login(login.line));
  }

  /** @param line the mail program's answer to a challenge */
  async answerChallenge(line: string): Promise<LoginStep> {
    return this.#noted(await this.#relay.answerChallenge(loginResponse(line)));
  }

  #noted(reply: SmtpReply): LoginStep {
    if (reply.isPositive) this.#isLoggedIn = true;
    if (reply.code >= 500) {
      this.#failed += 1;
      this.#limits.loginFailed();
    }
    return { kind: 'answered', reply };
  }
}
