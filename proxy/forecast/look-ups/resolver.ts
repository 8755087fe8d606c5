import type { Answer } from '../../../shared/control/api.ts';
import type { Looked } from '../../../shared/forecast/facts.ts';
import type { Trust } from '../../submission/tls-profile.ts';
import { withinMs } from '../dns/before-abort.ts';
import { DnsExchange } from '../dns/dns-exchange.ts';
import type { LookUpType, RecordOf } from '../dns/dns-records.ts';
import { FairQueue } from './fair-queue.ts';
import type { LookUpBudget } from './look-up-budget.ts';
import { LookUps } from './look-ups.ts';
import { NoAnswer, noAnswerFrom } from '../dns/no-answer.ts';
import type { ResolverAddress } from '../dns/resolver-address.ts';
import { ValidatorUnfit } from '../validation/program-run.ts';
import { byNobodysWord, byResolversWord, type Judged } from '../dns/resolver-word.ts';
import { IANA_ROOT_KEYS, type RootKey, rootKeysIn } from '../validation/root-anchor.ts';
import { Validation } from '../validation/validation.ts';
import { Validator } from '../validation/validator.ts';

export type ResolverOptions = {
  readonly address: readonly ResolverAddress[];
  /** Who may vouch for a resolver over TLS or HTTPS. */
  readonly trust: Trust;
  /** Undefined for IANA's. */
  readonly rootAnchorFile?: string | undefined;
  /** Where PATH is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Any network can carry so many, and most programs wait for answers all the time. */
const QUESTIONS_AT_ONCE = { running: 40, each: 10, waiting: 2000 };
const PROGRAMS_AT_ONCE = { running: 18, each: 3, waiting: 2000 };

/** One look-up with all that it needs: tries, the canary, the chain of keys. */
const LOOK_UP_MS = 15_000;

/** Looks names up, and says of each answer who vouches for it. */
export class Resolver {
  readonly #exchange: DnsExchange;
  readonly #queue: FairQueue;
  readonly #closed = new AbortController();
  readonly #validation: Validation;
  readonly #lookUps: { readonly [Type in LookUpType]: LookUps<Type> };

  private constructor(
    { address, trust, environment }: ResolverOptions,
    rootKeys: readonly RootKey[],
  ) {
    this.#exchange = new DnsExchange(address, trust);
    const validators = Validator.installed(rootKeys, environment);
    this.#queue = new FairQueue(validators.length === 0 ? QUESTIONS_AT_ONCE : PROGRAMS_AT_ONCE);
    this.#validation = new Validation(validators, this.#exchange, this.#closed.signal);
    this.#lookUps = {
      MX: this.#lookUpsOf('MX'),
      TXT: this.#lookUpsOf('TXT'),
      A: this.#lookUpsOf('A'),
      AAAA: this.#lookUpsOf('AAAA'),
      TLSA: this.#lookUpsOf('TLSA'),
      CNAME: this.#lookUpsOf('CNAME'),
    };
  }

  /**
   * Nothing leaves the computer, and no program runs, before the first look-up.
   *
   * @throws Error when the root anchor's file cannot be used
   */
  static async open(options: ResolverOptions): Promise<Resolver> {
    const { rootAnchorFile } = options;
    const rootKeys =
      rootAnchorFile === undefined ? IANA_ROOT_KEYS : await rootKeysIn(rootAnchorFile);
    return new Resolver(options, rootKeys);
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
      validator: this.#validation.program ?? 'none',
    };
  }

  async close(): Promise<void> {
    this.#closed.abort(new NoAnswer('timed out', 'the program ends'));
    await this.#queue.end();
    this.#exchange.close();
  }

  #lookUpsOf<Type extends LookUpType>(type: Type): LookUps<Type> {
    const find = async (name: string) =>
      await withinMs(LOOK_UP_MS, this.#closed.signal, async (signal) =>
        this.#judge({ name, type }, signal),
      );
    return new LookUps(find, this.#queue);
  }

  /** The validator's word counts where there is one, and then no other. */
  async #judge<Type extends LookUpType>(
    question: { readonly name: string; readonly type: Type },
    signal: AbortSignal,
  ): Promise<Judged<Type>> {
    const validation = this.#validation;
    const root = await validation.rootState(signal);
    if (root.kind === 'unfit') return await byResolversWord(this.#exchange, question, signal);
    if (root.kind === 'not secure') return await byNobodysWord(this.#exchange, question, signal);
    const { validator } = root;
    try {
      return await validation.judge(validator, question, signal);
    } catch (error) {
      if (!mayConcernAll(error)) throw error;
      validation.doubt();
      const now = await validation.rootState(signal);
      if (now.kind === 'secure' && now.validator === validator) throw error;
      return await this.#judge(question, signal);
    }
  }
}

/**
 * Whether it may be no fault of the one name: in a network that we came to just now all may be
 * bogus, and a program that did its work may do it no more.
 */
function mayConcernAll(error: unknown): boolean {
  return (
    error instanceof ValidatorUnfit || ['bogus', 'malformed'].includes(noAnswerFrom(error).why)
  );
}
