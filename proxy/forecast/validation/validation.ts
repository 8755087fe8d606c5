import { beforeAbort, withinMs } from '../dns/before-abort.ts';
import { keepableSeconds, readAnswer } from '../dns/dns-answer.ts';
import type { DnsExchange } from '../dns/dns-exchange.ts';
import { type DnsMessage, type Question, TYPES } from '../dns/dns-message.ts';
import type { LookUpType } from '../dns/dns-records.ts';
import { LookUpCache } from '../dns/look-up-cache.ts';
import { NoAnswer } from '../dns/no-answer.ts';
import { ValidatorUnfit } from './program-run.ts';
import type { Judged } from '../dns/resolver-word.ts';
import type { Validator } from './validator.ts';
import { ValidatorBridge } from './validator-bridge.ts';
import type { Validated } from './validator-program.ts';

/** As for the resolver's word (canary.ts). */
const SECURE_MS = 600_000;
const NOT_SECURE_MS = 60_000;
const CANARY_MS = 10_000;
const DOUBTED_AFTER_MS = 10_000;

/** Keys and delegations of the top are asked for again and again. */
const CACHE_OCTETS = 4_000_000;
const LONGEST_LIFE_SECONDS = 3600;

/**
 * Whether the root's own SOA record validates. `not secure`: where a resolver takes signatures
 * away nothing validates, and everything would look like an attack. `unfit`: the program does not
 * run here, and is as good as not installed.
 */
export type RootState = 'secure' | 'not secure' | 'unfit';

/** Looks names up through the validator, and believes it alone. */
export class Validation {
  readonly validator: Validator;
  readonly #exchange: DnsExchange;
  readonly #cache = new LookUpCache<DnsMessage>(CACHE_OCTETS, () => performance.now());
  readonly #closed: AbortSignal;
  #root: { readonly state: RootState; readonly since: number; readonly until: number } | undefined;
  #rootAsked: Promise<RootState> | undefined;

  /** @param closed when nobody is asked any more */
  constructor(validator: Validator, exchange: DnsExchange, closed: AbortSignal) {
    this.validator = validator;
    this.#exchange = exchange;
    this.#closed = closed;
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
    question: { readonly name: string; readonly type: Type },
    signal: AbortSignal,
  ): Promise<Judged<Type>> {
    const bridge = await this.#openBridge(signal);
    try {
      const output = await this.validator.run(question, bridge, signal);
      const validated = this.validator.program.read(output, question);
      const judged = this.#judgedBy(validated, bridge, question);
      return { ...judged, inClear: judged.dnssec !== 'secure' && (await this.#inClear(signal)) };
    } catch (error) {
      // One that made this of it, a captive portal perhaps, is not to be believed once more.
      for (const key of bridge.asked) this.#cache.delete(key);
      throw error;
    } finally {
      await bridge.close();
    }
  }

  async #askForRoot(): Promise<RootState> {
    const state = await withinMs(CANARY_MS, this.#closed, async (signal) => {
      const bridge = await this.#openBridge(signal);
      try {
        const output = await this.validator.run({ name: '', type: 'SOA' }, bridge, signal);
        if (this.validator.program.findsRootSecure(output)) return 'secure';
        if (bridge.fault !== undefined) throw bridge.fault;
        return 'not secure';
      } catch (error) {
        if (error instanceof ValidatorUnfit) return 'unfit';
        throw error;
      } finally {
        await bridge.close();
      }
    });
    if (state !== 'secure') this.#cache.clear();
    const since = performance.now();
    const until = since + (state === 'secure' ? SECURE_MS : NOT_SECURE_MS);
    this.#root = { state, since, until };
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
  async #inClear(signal: AbortSignal): Promise<boolean> {
    const { servers } = this.#exchange;
    const asked = servers.map(async (server) => server.saysWhatOthersMayWrite(signal));
    return (await Promise.all(asked)).includes(true);
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
