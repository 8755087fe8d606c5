import browser from 'webextension-polyfill';
import type { DetailCode } from '../../shared/forecast/detail-words.ts';
import { shownText } from '../shown-text.ts';

/** Words for what stands beside a reason, as shared/forecast/detail-words.ts has them in English. */
export const DETAIL_TEXTS = {
  'timed out': 'forecastDetailTimedOut',
  unreachable: 'forecastDetailUnreachable',
  'server failure': 'forecastDetailServerFailure',
  refused: 'forecastDetailRefused',
  bogus: 'forecastDetailBogus',
  malformed: 'forecastDetailMalformed',
  'alias loop': 'forecastDetailAliasLoop',
  'too many look-ups': 'forecastDetailTooManyLookUps',
  'TLS not verified': 'forecastDetailTlsNotVerified',
  'HTTP status': 'forecastDetailHttpStatus',
  'not text/plain': 'forecastDetailNotTextPlain',
  'too large': 'forecastDetailTooLarge',
  'special address': 'forecastDetailSpecialAddress',
  'DNS failed': 'forecastDetailDnsFailed',
  'not asked for': 'forecastDetailNotAskedFor',
  'port 25 closed here': 'forecastDetailPort25ClosedHere',
  'no address': 'forecastDetailNoAddress',
  'connection refused': 'forecastDetailConnectionRefused',
  'connection lost': 'forecastDetailConnectionLost',
  'refused us': 'forecastDetailRefusedUs',
  'not SMTP': 'forecastDetailNotSmtp',
  'record vanished': 'forecastDetailRecordVanished',
  'fetch failed': 'forecastDetailFetchFailed',
} as const satisfies Record<DetailCode, string>;

/** What is none of these is the word of a library, and shown as it is. */
export function describeDetail(detail: string | undefined): string {
  if (detail === undefined) return '';
  const text = Object.entries(DETAIL_TEXTS).find(([known]) => known === detail)?.[1];
  return text === undefined ? shownText(detail, 100) : browser.i18n.getMessage(text);
}
