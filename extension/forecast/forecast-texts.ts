import type { DetailCode } from '../../shared/forecast/detail-words.ts';
import type { ReasonCode, ShownFact, Verdict } from '../../shared/forecast/forecast.ts';

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

export const SOURCE_TEXTS = {
  'validated here': 'forecastSourceValidatedHere',
  'resolver, by DNSSEC': 'forecastSourceResolverByDnssec',
  'resolver, not by DNSSEC': 'forecastSourceResolverNotByDnssec',
  'policy host': 'forecastSourcePolicyHost',
  'mail server': 'forecastSourceMailServer',
  'not looked at': 'forecastSourceNotLookedAt',
} as const satisfies Record<ShownFact['source'], string>;

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
  'certificate changed': 'forecastDetailCertificateChanged',
  'refused us': 'forecastDetailRefusedUs',
  'not SMTP': 'forecastDetailNotSmtp',
  'record vanished': 'forecastDetailRecordVanished',
  'fetch failed': 'forecastDetailFetchFailed',
} as const satisfies Record<DetailCode, string>;
