import type { Dnssec, DnssecSource } from '../../../shared/forecast/facts.ts';
import { type Answered, readAnswer } from './dns-answer.ts';
import type { DnsExchange } from './dns-exchange.ts';
import { RCODES, TYPES } from './dns-message.ts';
import type { LookUpType } from './dns-records.ts';
import { NoAnswer } from './no-answer.ts';

/** An answer, and what is to be thought of it. */
export type Judged<Type extends LookUpType> = {
  readonly answered: Answered<Type>;
  readonly dnssec: Dnssec;
  readonly source: DnssecSource;
  /** Whether somebody on the way could have written it: it is not secure, and came in clear. */
  readonly inClear: boolean;
  /** Of the octets that it came in. */
  readonly sizeOctets: number;
};

/** What nobody vouches for is asked again sooner: somebody may by then. */
const UNVOUCHED_SECONDS = 60;

/** What nobody vouches for because nobody could just be asked who would. */
const ASKED_AGAIN_SECONDS = 5;

/**
 * Takes a resolver's word: its AD bit, which counts when nobody on the way could have set it and
 * the resolver is known to use it, just now where this answer lacks the bit (RFC 4035 §4.9.3,
 * RFC 7672 §2.1).
 *
 * @throws NoAnswer
 */
export async function byResolversWord<Type extends LookUpType>(
  exchange: DnsExchange,
  { name, type }: { readonly name: string; readonly type: Type },
  signal: AbortSignal,
): Promise<Judged<Type>> {
  const question = { name, type: TYPES[type], checkingDisabled: false };
  const { message, server } = await exchange.ask(question, signal);
  const belief = await server.belief(message, signal);

  if (message.rcode === RCODES.SERVFAIL && belief === 'believed') {
    const unchecked = await exchange.askAgain(
      server,
      { ...question, checkingDisabled: true },
      signal,
    );
    if (unchecked.rcode === RCODES.NOERROR || unchecked.rcode === RCODES.NXDOMAIN) {
      throw new NoAnswer('bogus', `${server.text} has an answer and does not believe it`);
    }
  }
  const answered = readAnswer(message, name, type);
  const sizeOctets = message.octets.length;
  const inClear = !server.isEncrypted;
  if (belief !== 'believed') return unvouched({ answered, inClear, sizeOctets }, belief);
  const source = 'resolver';
  return message.isAuthentic
    ? { answered, dnssec: 'secure', source, inClear: false, sizeOctets }
    : { answered, dnssec: 'insecure', source, inClear, sizeOctets };
}

/**
 * Asks without believing anybody.
 *
 * @throws NoAnswer
 */
export async function byNobodysWord<Type extends LookUpType>(
  exchange: DnsExchange,
  { name, type }: { readonly name: string; readonly type: Type },
  signal: AbortSignal,
): Promise<Judged<Type>> {
  const question = { name, type: TYPES[type], checkingDisabled: false };
  const { message, server } = await exchange.ask(question, signal);
  const answered = readAnswer(message, name, type);
  const sizeOctets = message.octets.length;
  return unvouched({ answered, inClear: !server.isEncrypted, sizeOctets }, 'not believed');
}

function unvouched<Type extends LookUpType>(
  { answered, ...rest }: Pick<Judged<Type>, 'answered' | 'inClear' | 'sizeOctets'>,
  belief: 'not believed' | 'not known',
): Judged<Type> {
  const longest = belief === 'not known' ? ASKED_AGAIN_SECONDS : UNVOUCHED_SECONDS;
  const ttlSeconds = Math.min(answered.ttlSeconds, longest);
  return { ...rest, answered: { ...answered, ttlSeconds }, dnssec: 'unknown', source: 'nobody' };
}
