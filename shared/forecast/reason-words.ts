import { detailInWords } from './detail-words.ts';
import type { Reason, ReasonCode, Verdict } from './forecast.ts';

/** What a verdict means for the message, in two or three words. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  observed: 'Can receive it',
  promised: 'Should arrive',
  unknown: 'Not known',
  'will fail': 'Will not arrive',
};

/**
 * Why a verdict is what it is, for somebody who has never heard of the protocols. `{host}` is the
 * host that it is about, or the domain; `{detail}` the detail in words.
 */
export const REASON_WORDS: Readonly<Record<ReasonCode, string>> = {
  'no such domain': 'There is no domain {domain}. Look for a slip in the address.',
  'null MX': '{domain} says that it takes no mail at all.',
  'no mail host': '{domain} has no mail server. Look for a slip in the address.',
  'names not vouched for':
    'Nothing proves which servers take mail for {domain} (neither DNSSEC nor MTA-STS), so a message that requires TLS is not handed to any. Its administrator can change that.',
  'MTA-STS testing':
    '{domain} only tries out its policy on secure mail (MTA-STS, mode testing), so nothing proves which servers take its mail. Its administrator can enforce it.',
  'MTA-STS none':
    '{domain} has withdrawn its policy on secure mail (MTA-STS, mode none), so nothing proves which servers take its mail.',
  'host not in policy':
    'The mail server {host} is not among those that {domain} names in its policy on secure mail (MTA-STS).',
  'host has no address': 'The mail server {host} has no address.',
  'no STARTTLS': 'The mail server {host} does not encrypt (it offers no STARTTLS).',
  'TLS failed': 'No encrypted connection to the mail server {host} comes about ({detail}).',
  'DANE mismatch':
    'The certificate of the mail server {host} is not the one that its DNS entry names (DANE).',
  'certificate not trusted':
    'The certificate of the mail server {host} does not prove who it is ({detail}).',
  'REQUIRETLS not offered':
    'The mail server {host} encrypts, but does not offer REQUIRETLS, by which it would promise to pass the message on only so.',
  'not a domain': '{domain} is not a domain that mail can be sent to.',
  'address literal': 'Nothing can be looked up about an address in place of a domain.',
  'no answer in time': 'The look-ups took too long. Ask again in a while.',
  'resolver cannot tell':
    'The name server in use cannot tell what is signed with DNSSEC. Another one, or a program that checks DNSSEC on this computer, can.',
  'DNS failed': 'The look-up of {host} failed: {detail}.',
  'DNSSEC bogus':
    'The DNS entries of {host} are signed and the signatures are wrong: somebody is meddling, or its administrator has made a mistake.',
  'policy not fetched': 'The policy of {domain} on secure mail (MTA-STS) is not known: {detail}.',
  'certificate not promised':
    'The name of the mail server {host} is proved, but nothing says beforehand that its certificate will be.',
  'TLSA unusable':
    'The DNS entries that should name the certificate of the mail server {host} (TLSA) are of no use to mail servers.',
  'DANE and MTA-STS differ':
    'Of the mail server {host}, DANE and the policy of {domain} (MTA-STS) say different things, and the servers that pass mail on differ in which of them they follow.',
  'hosts not looked at':
    '{domain} has more mail servers than were looked at, and one of them may be able to receive it.',
  'REQUIRETLS not seen': 'Whether the mail server {host} offers REQUIRETLS is not known: {detail}.',
  DANE: 'The DNS names the certificate of the mail server {host} (DANE).',
  'MTA-STS enforced':
    '{domain} names the mail server {host} in a policy that demands verified TLS (MTA-STS).',
  'certificate seen':
    'The name of the mail server {host} is proved, and its certificate was seen to be good.',
  'policy kept': 'The policy that was fetched before still counts: {detail}.',
  'REQUIRETLS seen': 'The mail server {host} was seen offering REQUIRETLS.',
};

/** A reason as a sentence in English. */
export function reasonInWords(domain: string, { code, host, detail }: Reason): string {
  const words = { domain, host: host ?? domain, detail: detailInWords(detail ?? '') };
  return REASON_WORDS[code].replace(
    /\{(domain|host|detail)\}/g,
    (_, name: keyof typeof words) => words[name],
  );
}

/** A verdict in English, as the beginning of a sentence. */
export function verdictInWords(verdict: Verdict): string {
  return VERDICT_WORDS[verdict];
}
