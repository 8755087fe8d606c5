import browser from 'webextension-polyfill';
import type { Reason, ReasonCode, ShownFact, Verdict } from '../../shared/forecast/forecast.ts';
import { shownText } from '../shown-text.ts';
import { describeDetail } from './reason-details.ts';

/** The same sentences as shared/forecast/reason-words.ts has, in the person's language. */
export const REASON_TEXTS = {
  'no such domain': 'forecastReasonNoSuchDomain',
  'null MX': 'forecastReasonNullMx',
  'no mail host': 'forecastReasonNoMailHost',
  'names not vouched for': 'forecastReasonNamesNotVouchedFor',
  'MTA-STS testing': 'forecastReasonMtaStsTesting',
  'MTA-STS none': 'forecastReasonMtaStsNone',
  'host not in policy': 'forecastReasonHostNotInPolicy',
  'host has no address': 'forecastReasonHostHasNoAddress',
  'no STARTTLS': 'forecastReasonNoStarttls',
  'TLS failed': 'forecastReasonTlsFailed',
  'DANE mismatch': 'forecastReasonDaneMismatch',
  'certificate not trusted': 'forecastReasonCertificateNotTrusted',
  'REQUIRETLS not offered': 'forecastReasonRequiretlsNotOffered',
  'not a domain': 'forecastReasonNotADomain',
  'address literal': 'forecastReasonAddressLiteral',
  'no answer in time': 'forecastReasonNoAnswerInTime',
  'resolver cannot tell': 'forecastReasonResolverCannotTell',
  'DNS failed': 'forecastReasonDnsFailed',
  'DNSSEC bogus': 'forecastReasonDnssecBogus',
  'policy not fetched': 'forecastReasonPolicyNotFetched',
  'certificate not promised': 'forecastReasonCertificateNotPromised',
  'TLSA unusable': 'forecastReasonTlsaUnusable',
  'DANE and MTA-STS differ': 'forecastReasonDaneAndMtaStsDiffer',
  'hosts not looked at': 'forecastReasonHostsNotLookedAt',
  'REQUIRETLS not seen': 'forecastReasonRequiretlsNotSeen',
  DANE: 'forecastReasonDane',
  'MTA-STS enforced': 'forecastReasonMtaStsEnforced',
  'certificate seen': 'forecastReasonCertificateSeen',
  'policy kept': 'forecastReasonPolicyKept',
  'REQUIRETLS seen': 'forecastReasonRequiretlsSeen',
} as const satisfies Record<ReasonCode, string>;

export const VERDICT_TEXTS = {
  observed: 'forecastVerdictObserved',
  promised: 'forecastVerdictPromised',
  unknown: 'forecastVerdictUnknown',
  'will fail': 'forecastVerdictWillFail',
} as const satisfies Record<Verdict, string>;

const SOURCE_TEXTS = {
  'validated here': 'forecastSourceValidatedHere',
  'resolver, by DNSSEC': 'forecastSourceResolverByDnssec',
  'resolver, not by DNSSEC': 'forecastSourceResolverNotByDnssec',
  'policy host': 'forecastSourcePolicyHost',
  'mail server': 'forecastSourceMailServer',
  'not looked at': 'forecastSourceNotLookedAt',
} as const satisfies Record<ShownFact['source'], string>;

/** With the names whole: a bounded name of a host is what the sentence is about. */
const LONGEST_NAME = 253;

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
    shownText(domain, LONGEST_NAME),
    shownText(host ?? domain, LONGEST_NAME),
    describeDetail(detail),
  ]);
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
export function isWithoutMail({ code }: Reason): boolean {
  return code === 'no such domain' || code === 'null MX' || code === 'no mail host';
}

/** A recipient and why the message does not arrive there. */
export function describeFailing({
  address,
  domain,
  reason,
}: {
  readonly address: string;
  readonly domain: string;
  readonly reason: Reason;
}): string {
  return browser.i18n.getMessage('forecastFailing', [
    shownText(address, LONGEST_NAME),
    describeReason(domain, reason),
  ]);
}
