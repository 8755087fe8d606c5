import { type DnsMessage, RCODES, TYPES, type WireRecord } from './dns-message.ts';
import {
  aliasTarget,
  denialSeconds,
  type LookUpType,
  READERS,
  type RecordOf,
} from './dns-records.ts';
import { NoAnswer } from './no-answer.ts';

/** What an answer says of a name, whoever may vouch for it. */
export type Answered<Type extends LookUpType> =
  | {
      readonly kind: 'found';
      readonly records: readonly RecordOf<Type>[];
      readonly alias: string | undefined;
      readonly ttlSeconds: number;
    }
  | {
      readonly kind: 'none';
      readonly isNameAbsent: boolean;
      readonly alias: string | undefined;
      readonly ttlSeconds: number;
    };

/** Resolvers give up sooner. */
const MOST_ALIASES = 16;

/**
 * Reads what a resolver's answer says of a name. Only the chain of aliases that begins at that
 * name counts (RFC 1034 §3.6.2), and the records at its end: whatever else an answer holds was
 * not asked for, and is how caches were poisoned.
 *
 * @throws NoAnswer for everything that neither gives records nor denies them
 */
export function readAnswer<Type extends LookUpType>(
  message: DnsMessage,
  name: string,
  type: Type,
): Answered<Type> {
  const { rcode } = message;
  if (rcode !== RCODES.NOERROR && rcode !== RCODES.NXDOMAIN) {
    throw new NoAnswer('server failure', `RCODE ${rcode}`);
  }

  const chain = chainFrom(name, TYPES[type], message.answers);
  const alias = chain.end === name ? undefined : chain.end;
  const ttls = chain.aliases.map(({ ttlSeconds }) => ttlSeconds);
  if (chain.records.length === 0) {
    const ttlSeconds = Math.min(...ttls, denialTtl(message.authorities, chain.end));
    return { kind: 'none', isNameAbsent: rcode === RCODES.NXDOMAIN, alias, ttlSeconds };
  }
  if (rcode === RCODES.NXDOMAIN) {
    throw new NoAnswer('malformed', 'records of a name that is said to be absent');
  }
  return {
    kind: 'found',
    records: chain.records.map(READERS[type]),
    alias,
    ttlSeconds: Math.min(...ttls, ...chain.records.map(({ ttlSeconds }) => ttlSeconds)),
  };
}

type Chain = {
  readonly aliases: readonly WireRecord[];
  readonly end: string;
  readonly records: readonly WireRecord[];
};

/**
 * Where there is an alias there is nothing else (RFC 2181 §10.1).
 *
 * A DNAME needs no rule of its own: a CNAME is made from it in each answer (RFC 6672 §3.1).
 */
function chainFrom(name: string, type: number, answers: readonly WireRecord[]): Chain {
  const aliases: WireRecord[] = [];
  const passed = new Set([name]);
  let end = name;
  for (;;) {
    const here = answers.filter((record) => record.name === end);
    const records = here.filter((record) => record.type === type);
    const alias = theAlias(here);
    if (alias === undefined || type === TYPES.CNAME) return { aliases, end, records };
    if (records.length > 0) throw new NoAnswer('malformed', 'a name with an alias and records');

    aliases.push(alias);
    end = aliasTarget(alias);
    if (passed.has(end) || aliases.length > MOST_ALIASES) {
      throw new NoAnswer('alias loop', 'the chain of aliases does not end');
    }
    passed.add(end);
  }
}

/** A name has at most one CNAME (RFC 2181 §10.1); two that differ could be chosen between. */
function theAlias(here: readonly WireRecord[]): WireRecord | undefined {
  const [alias, ...others] = here.filter(({ type }) => type === TYPES.CNAME);
  if (alias !== undefined && others.some((other) => aliasTarget(other) !== aliasTarget(alias))) {
    throw new NoAnswer('malformed', 'two aliases of one name');
  }
  return alias;
}

/** RFC 2308 §5: a denial without the zone's SOA is not to be kept. */
function denialTtl(authorities: readonly WireRecord[], denied: string): number {
  const soa = authorities.find(
    ({ type, name }) =>
      type === TYPES.SOA && (name === '' || denied === name || denied.endsWith(`.${name}`)),
  );
  return soa === undefined ? 0 : denialSeconds(soa);
}

/** For how long an answer may be kept as a whole; what is neither records nor a denial is not. */
export function keepableSeconds({ rcode, answers, authorities }: DnsMessage): number {
  if (rcode !== RCODES.NOERROR && rcode !== RCODES.NXDOMAIN) return 0;
  const ttls = [...answers, ...authorities].map(({ ttlSeconds }) => ttlSeconds);
  if (answers.length > 0) return Math.min(...ttls);
  const soa = authorities.find(({ type }) => type === TYPES.SOA);
  return soa === undefined ? 0 : Math.min(...ttls, denialSeconds(soa));
}
