import type { Answer } from '../../shared/control/api.ts';
import type { Looked } from '../../shared/forecast/facts.ts';
import type { Trust } from '../submission/tls-profile.ts';
import { withinMs } from './before-abort.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { DnsExchange } from './dns-exchange.ts';
import type { LookUpType, RecordOf } from './dns-records.ts';
import type { LookUpBudget } from './look-up-budget.ts';
import { LookUps } from './look-ups.ts';
import { NoAnswer } from './no-answer.ts';
import type { ResolverAddress } from './resolver-address.ts';
import { byResolversWord, type Judged } from './resolver-word.ts';

export type ResolverOptions = {
  readonly address: readonly ResolverAddress[];
  /** Who may vouch for a resolver over TLS or HTTPS. */
  readonly trust: Trust;
  /** Undefined for IANA's. */
  readonly rootAnchorFile?: string | undefined;
  /** Where PATH is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Any network can carry so many. */
const AT_ONCE = 40;
const WAITING = 2000;

/** One look-up with all that it needs: tries, the canary, the chain of keys. */
const LOOK_UP_MS = 15_000;

/** Looks names up, and says of each answer who vouches for it. */
export class Resolver {
  readonly #exchange: DnsExchange;
  readonly #queue = new BoundedQueue({ running: AT_ONCE, waiting: WAITING });
  readonly #closed = new AbortController();
  readonly #lookUps: { readonly [Type in LookUpType]: LookUps<Type> };

  private constructor({ address, trust }: ResolverOptions) {
    this.#exchange = new DnsExchange(address, trust);
    this.#lookUps = {
      MX: this.#lookUpsOf('MX'),
      TXT: this.#lookUpsOf('TXT'),
      A: this.#lookUpsOf('A'),
      AAAA: this.#lookUpsOf('AAAA'),
      TLSA: this.#lookUpsOf('TLSA'),
    };
  }

  /** Nothing leaves the computer before the first look-up. */
  static async open(options: ResolverOptions): Promise<Resolver> {
    return new Resolver(options);
  }

  /**
   * Looks records up, aliases followed. Whatever goes wrong is `failed`: no fault is ever an
   * answer that there is none.
   *
   * @param name in A-label form, in lower case, without the final dot
   */
  async look<Type extends LookUpType>(
    name: string,
    type: Type,
    budget: LookUpBudget,
  ): Promise<Looked<readonly RecordOf<Type>[]>> {
    const lookUps: LookUps<Type> = this.#lookUps[type];
    return await lookUps.look(name, budget);
  }

  /** Who would be told of names, before anybody is. */
  describe(): Answer<'resolver'> {
    const { servers } = this.#exchange;
    return {
      resolver: servers.map(({ text }) => text).join(', '),
      inClear: servers.some(({ inClear }) => inClear),
      validator: 'none',
    };
  }

  async close(): Promise<void> {
    this.#closed.abort(new NoAnswer('timed out', 'the program ends'));
    await this.#queue.end();
    this.#exchange.close();
  }

  #lookUpsOf<Type extends LookUpType>(type: Type): LookUps<Type> {
    const find = async (name: string): Promise<Judged<Type>> =>
      await withinMs(LOOK_UP_MS, this.#closed.signal, async (signal) =>
        byResolversWord(this.#exchange, { name, type }, signal),
      );
    return new LookUps(find, this.#queue);
  }
}
