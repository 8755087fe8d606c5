import type { Looked } from '../../../shared/forecast/facts.ts';
import { beforeAbort } from '../dns/before-abort.ts';
import { isAskable } from '../dns/dns-name.ts';
import type { LookUpType, RecordOf } from '../dns/dns-records.ts';
import type { FairQueue } from './fair-queue.ts';
import type { LookUpBudget } from './look-up-budget.ts';
import { LookUpCache } from '../dns/look-up-cache.ts';
import { NoAnswer, noAnswerFrom } from '../dns/no-answer.ts';
import type { Judged } from '../dns/resolver-word.ts';

const LONGEST_LIFE_SECONDS = 3600;
/** RFC 2308 §5 allows more; but people mend their zones and look again. */
const LONGEST_DENIAL_SECONDS = 300;
/** A TTL of zero is for "the transaction in progress" (RFC 1035 §3.2.1), which a forecast is. */
const SHORTEST_LIFE_SECONDS = 5;
const FAULT_SECONDS = 5;

const CACHE_OCTETS = 2_000_000;
/** What an entry costs beside the octets of its answer. */
const ENTRY_OCTETS = 500;

type Outcome<Records> = {
  readonly looked: Looked<Records>;
  readonly lifeMs: number;
  readonly sizeOctets: number;
};

type UnderWay<Records> = {
  readonly outcome: Promise<Outcome<Records>>;
  /** Who waits for it. */
  readonly waiting: Set<LookUpBudget>;
};

/** The look-ups of one type: those that are known, and those that are under way. */
export class LookUps<Type extends LookUpType> {
  readonly #find: (name: string) => Promise<Judged<Type>>;
  readonly #queue: FairQueue;
  readonly #cache = new LookUpCache<Looked<readonly RecordOf<Type>[]>>(CACHE_OCTETS, () =>
    performance.now(),
  );
  readonly #underWay = new Map<string, UnderWay<readonly RecordOf<Type>[]>>();

  /** @param find bounded in time; throws what NoAnswer is made from */
  constructor(find: (name: string) => Promise<Judged<Type>>, queue: FairQueue) {
    this.#find = find;
    this.#queue = queue;
  }

  async look(name: string, budget: LookUpBudget): Promise<Looked<readonly RecordOf<Type>[]>> {
    if (!isAskable(name)) return failed('malformed');
    const kept = this.#cache.get(name);
    if (kept !== undefined) {
      budget.noteLife(kept.lifeMs);
      return { ...kept.value, ageMs: kept.ageMs };
    }
    if (!budget.spend()) return failed('too many look-ups');
    const underWay = this.#underWay.get(name) ?? this.#begin(name, budget);
    underWay.waiting.add(budget);
    try {
      const { looked, lifeMs } = await beforeAbort<Outcome<readonly RecordOf<Type>[]>>(
        budget.deadline,
        (resolve, reject) => void underWay.outcome.then(resolve, reject),
      );
      budget.noteLife(lifeMs);
      return looked;
    } catch (error) {
      return failed(budget.deadline.aborted ? 'timed out' : noAnswerFrom(error).why);
    } finally {
      underWay.waiting.delete(budget);
    }
  }

  /** Equal look-ups at the same time are one, in the share of who asked first. */
  #begin(name: string, owner: LookUpBudget): UnderWay<readonly RecordOf<Type>[]> {
    const waiting = new Set([owner]);
    const isWanted = () => waiting.size > 0;
    const begun = this.#queue.run(owner, async () => this.#outcome(name), isWanted);
    const outcome = begun
      .then((ended) => this.#keep(name, ended))
      .finally(() => this.#underWay.delete(name));
    outcome.catch(() => undefined); // who waits is told
    const underWay = { outcome, waiting };
    this.#underWay.set(name, underWay);
    return underWay;
  }

  #keep(
    name: string,
    outcome: Outcome<readonly RecordOf<Type>[]>,
  ): Outcome<readonly RecordOf<Type>[]> {
    this.#cache.set(name, outcome.looked, outcome.lifeMs, outcome.sizeOctets + ENTRY_OCTETS);
    return outcome;
  }

  async #outcome(name: string): Promise<Outcome<readonly RecordOf<Type>[]>> {
    try {
      return outcomeOf(await this.#find(name));
    } catch (error) {
      const looked = failed(noAnswerFrom(error).why);
      return { looked, lifeMs: FAULT_SECONDS * 1000, sizeOctets: 0 };
    }
  }
}

function outcomeOf<Type extends LookUpType>({
  answered,
  dnssec,
  source,
  inClear,
  sizeOctets,
}: Judged<Type>): Outcome<readonly RecordOf<Type>[]> {
  const { kind, ttlSeconds, alias } = answered;
  const longest = kind === 'none' ? LONGEST_DENIAL_SECONDS : LONGEST_LIFE_SECONDS;
  const lifeMs = Math.max(Math.min(ttlSeconds, longest), SHORTEST_LIFE_SECONDS) * 1000;
  const judged = { dnssec, source, inClear, alias, ageMs: 0 };
  const looked =
    kind === 'none'
      ? { kind, isNameAbsent: answered.isNameAbsent, ...judged }
      : { kind, records: answered.records, ...judged };
  return { looked, lifeMs, sizeOctets };
}

function failed(why: NoAnswer['why']): Looked<never> {
  return { kind: 'failed', why, ageMs: 0 };
}
