import type { PolicyFact, WhyNoAnswer, WhyNoPolicy, WhyNotProbed } from './facts.ts';

type Kept = Exclude<Extract<PolicyFact, { readonly kind: 'policy' }>['kept'], 'as announced'>;

/** What a reason's detail can be, where it is no error's name that another program gave. */
export type DetailCode =
  WhyNoAnswer | WhyNoPolicy | WhyNotProbed | Kept | 'certificate changed' | 'look is old';

/** The details in English, as they stand in the middle of a sentence. */
export const DETAIL_WORDS: Readonly<Record<DetailCode, string>> = {
  'timed out': 'no answer came in time',
  unreachable: 'the server that was asked cannot be reached',
  'resolver not verified': 'the DNS server that was asked could not prove who it is',
  'server failure': 'the name server had a fault',
  refused: 'the name server refused',
  bogus: 'its signatures are wrong',
  malformed: 'the answer makes no sense',
  'alias loop': 'its aliases lead in a circle',
  'too many look-ups': 'it would take too many look-ups',
  'TLS not verified': 'its web server could not prove who it is',
  'HTTP status': 'its web server answered with an error',
  'not text/plain': 'its web server sent something else',
  'too large': 'it is too large',
  'special address': 'its address is not one of the public Internet',
  'DNS failed': 'its address could not be looked up',
  'not asked for': 'nobody asked to connect to it',
  'port 25 closed here': 'this network lets nobody connect to mail servers (port 25)',
  'no address': 'it has no address',
  'connection refused': 'it refused the connection',
  'connection lost': 'the connection was lost',
  'refused us': 'it does not talk to this computer',
  'not SMTP': 'it does not speak as a mail server does',
  'certificate changed': 'its certificate has changed since it was looked at',
  'look is old': 'it was last looked at too long ago',
  'record vanished': 'it is no longer announced',
  'fetch failed': 'it could not be fetched again',
};

/** A detail in English; an error's name as it is. */
export function detailInWords(detail: string): string {
  return isDetailCode(detail) ? DETAIL_WORDS[detail] : detail;
}

function isDetailCode(detail: string): detail is DetailCode {
  return Object.hasOwn(DETAIL_WORDS, detail);
}
