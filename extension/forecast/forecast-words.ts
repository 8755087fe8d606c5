import browser from 'webextension-polyfill';
import {
  CAVEATS,
  type Reason,
  type ShownFact,
  type Verdict,
} from '../../shared/forecast/forecast.ts';
import { shownName, shownText } from '../shown-text.ts';
import { DETAIL_TEXTS, REASON_TEXTS, SOURCE_TEXTS, VERDICT_TEXTS } from './forecast-texts.ts';

export function describeVerdict(verdict: Verdict): string {
  return browser.i18n.getMessage(VERDICT_TEXTS[verdict]);
}

/** Who said a fact. */
export function describeSource(source: ShownFact['source']): string {
  return browser.i18n.getMessage(SOURCE_TEXTS[source]);
}

/** A reason in one sentence. */
export function describeReason(domain: string, { code, host, detail }: Reason): string {
  return browser.i18n.getMessage(REASON_TEXTS[code], [
    shownName(domain),
    shownName(host ?? domain),
    describeDetail(detail),
  ]);
}

/** What is none of these is the word of a library, and shown as it is. */
function describeDetail(detail: string | undefined): string {
  if (detail === undefined) return '';
  const text = Object.entries(DETAIL_TEXTS).find(([known]) => known === detail)?.[1];
  return text === undefined ? shownText(detail, 100) : browser.i18n.getMessage(text);
}

/** How long ago, in the unit that a person would use. */
export function describeAge(ageMs: number): string {
  const seconds = Math.max(0, ageMs) / 1_000;
  if (!(seconds >= 60)) return browser.i18n.getMessage('forecastAgeJustNow');
  const words = new Intl.RelativeTimeFormat(browser.i18n.getUILanguage());
  if (seconds < 3_600) return words.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return words.format(-Math.floor(seconds / 3_600), 'hour');
  return words.format(-Math.floor(seconds / 86_400), 'day');
}

/** Whether the message would not arrive as Normal either: there is no mail server to take it. */
export function isWithoutMail([reason]: readonly Reason[]): boolean {
  const code = reason?.code;
  return code === 'no such domain' || code === 'null MX' || code === 'no mail host';
}

/** More than these nobody reads who wants to send a message. */
const REASONS_AT_SEND = 3;

/**
 * Why a recipient would not receive the message, in as many sentences as it takes. What is to be
 * known of the reasons is never left out: who forges them decides how many there are.
 */
export function describeReasons(domain: string, reasons: readonly Reason[]): string {
  const first = reasons.filter((reason) => !isCaveat(reason)).slice(0, REASONS_AT_SEND);
  return [...first, ...reasons.filter(isCaveat)]
    .map((reason) => describeReason(domain, reason))
    .join(' ');
}

function isCaveat({ code }: Reason): boolean {
  return CAVEATS.includes(code);
}

/** A recipient and why the message would not arrive there. */
export function describeFailing(failing: {
  readonly address: string;
  readonly domain: string;
  readonly reasons: readonly Reason[];
}): string {
  return browser.i18n.getMessage('forecastFailing', [
    shownName(failing.address),
    describeReasons(failing.domain, failing.reasons),
  ]);
}
