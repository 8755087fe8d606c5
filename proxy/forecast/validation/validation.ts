import { beforeAbort } from '../dns/before-abort.ts';
import { keepableSeconds, readAnswer } from '../dns/dns-answer.ts';
import type { DnsExchange } from '../dns/dns-exchange.ts';
import { type DnsMessage, type Question, TYPES } from '../dns/dns-message.ts';
import type { LookUpType } from '../dns/dns-records.ts';
import { LookUpCache } from '../dns/look-up-cache.ts';
import { NoAnswer } from '../dns/no-answer.ts';
import type { Judged } from '../dns/resolver-word.ts';
import { findRootState, type RootState } from './root-state.ts';
import type { Validator } from './validator.ts';
import { ValidatorBridge } from './validator-bridge.ts';
import type { Validated, ValidatorProgram } from './validator-program.ts';

/** As for the resolver's word (canary.ts). */
const SECURE_MS = 600_000;
const NOT_SECURE_MS = 60_000;
const DOUBTED_AFTER_MS = 10_000;

/** Keys and delegations of the top are asked for again and again. */
const CACHE_OCTETS = 4_000_000;
const LONGEST_LIFE_SECONDS = 3600;

/** Looks names up through a validator, and believes it alone. */
export class Validation {
  readonly #validators: readonly Validator[];
  readonly #exchange: DnsExchange;
  readonly #cache = new LookUpCache<DnsMessage>(CACHE_OCTETS, () => performance.now());
  readonly #closed: AbortSignal;
  #root: { readonly state: RootState; readonly since: number; readonly until: number } | undefined;
  #rootAsked: Promise<RootState> | undefined;

  /**
   * @param validators best first
   * @param closed when nobody is asked any more
   */
  constructor(validators: readonly Validator[], exchange: DnsExchange, closed: AbortSignal) {
    this.#validators = validators;
    this.#exchange = exchange;
    this.#closed = closed;
  }

  /** The program that validates, as far as that is known; none is run for that. */
  get program(): ValidatorProgram['command'] | undefined {
    const state = this.#root?.state;
    if (state?.kind === 'unfit') return undefined;
    const validator = state?.kind === 'secure' ? state.validator : this.#validators[0];
    return validator?.program.command;
  }

  /** @throws NoAnswer when the resolver does not answer; the signal's reason when it is late */
  async rootState(signal: AbortSignal): Promise<RootState> {
    const root = this.#root;
    if (root !== undefined && performance.now() < root.until) return root.state;
    return await beforeAbort<RootState>(signal, (resolve, reject) => {
      this.#rootAsked ??= this.#askForRoot().finally(() => (this.#rootAsked = undefined));
      this.#rootAsked.then(resolve, reject);
    });
  }

  /**
   * Nothing of what was so may be so any more: another network, perhaps. Not so soon after it was
   * found out: a domain with many bogus names must not have all keys fetched for each.
   */
  doubt(): void {
    const isJustFound =
      this.#root !== undefined && performance.now() - this.#root.since < DOUBTED_AFTER_MS;
    if (isJustFound || this.#rootAsked !== undefined) return;
    this.#root = undefined;
    this.#cache.clear();
  }

  /** @throws NoAnswer; ValidatorUnfit; or the signal's reason */
  async judge<Type extends LookUpType>(
    validator: Validator,
    question: { readonly name: string; readonly type: Type },
    signal: AbortSignal,
  ): Promise<Judged<Type>> {
    const bridge = await this.#openBridge(signal);
    try {
      const output = await validator.run(question, bridge, signal);
      const validated = validator.program.read(output, question);
      const judged = this.#judgedBy(validated, bridge, question);
      return { ...judged, inClear: judged.dnssec !== 'secure' && this.#isAskedInClear };
    } catch (error) {
      // One that made this of it, a captive portal perhaps, is not to be believed once more.
      for (const key of bridge.asked) this.#cache.delete(key);
      throw error;
    } finally {
      await bridge.close();
    }
  }

  async #askForRoot(): Promise<RootState> {
    const openBridge = async (signal: AbortSignal) => this.#openBridge(signal);
    const state = await findRootState(this.#validators, openBridge, this.#closed);
    const isSecure = state.kind === 'secure';
    if (!isSecure) this.#cache.clear();
    const since = performance.now();
    this.#root = { state, since, until: since + (isSecure ? SECURE_MS : NOT_SECURE_MS) };
    return state;
  }

  async #openBridge(signal: AbortSignal): Promise<ValidatorBridge> {
    return await ValidatorBridge.open(async (question) => this.#ask(question, signal));
  }

  async #ask(question: Question, signal: AbortSignal): Promise<DnsMessage> {
    const key = `${question.type} ${question.name}`;
    const kept = this.#cache.get(key);
    if (kept !== undefined) return kept.value;
    const { message } = await this.#exchange.ask(question, signal);
    const lifeMs = Math.min(keepableSeconds(message), LONGEST_LIFE_SECONDS) * 1000;
    if (lifeMs > 0) this.#cache.set(key, message, lifeMs, message.octets.length * 3);
    return message;
  }

  /** That a zone is not signed is proved; what stands in it then is not. */
  get #isAskedInClear(): boolean {
    return this.#exchange.servers.some(({ isEncrypted }) => !isEncrypted);
  }

  #judgedBy<Type extends LookUpType>(
    validated: Validated<Type>,
    bridge: ValidatorBridge,
    { name, type }: { readonly name: string; readonly type: Type },
  ): Omit<Judged<Type>, 'inClear'> {
    const isUnproved = validated.kind === 'bogus' || validated.kind === 'no answer';
    // Without a key that nobody could give us, all that it signed looks like an attack.
    if (isUnproved && bridge.fault !== undefined) throw bridge.fault;
    switch (validated.kind) {
      case 'bogus':
        throw new NoAnswer('bogus', validated.detail);
      case 'no answer': {
        const answer = bridge.answerTo(name, TYPES[type]);
        if (answer !== undefined) readAnswer(answer, name, type); // says more than SERVFAIL
        throw new NoAnswer('server failure', 'the validator got no answer');
      }
      case 'found':
      case 'none': {
        const { dnssec, ...answered } = validated;
        const ttlSeconds = Math.min(...bridge.answers.map(keepableSeconds));
        const sizeOctets = bridge.answerTo(name, TYPES[type])?.octets.length ?? 0;
        return {
          answered: { ...answered, ttlSeconds },
          dnssec,
          source: 'validated here',
          sizeOctets,
        };
      }
    }
  }
}
