import { detailInWords } from './detail-words.ts';
import type { Reason, ReasonCode, Verdict } from './forecast.ts';

/**
 * What a verdict means for the message, in two or three words. `promised` knows only the way, and
 * `will fail` speaks of a relay that is strict, as seen now: so neither says `will`.
 */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  observed: 'Can arrive',
  promised: 'May arrive',
  unknown: 'Not known',
  'will fail': 'Would not arrive',
};

/**
 * Why a verdict is what it is, for somebody who has never heard of the protocols. `{host}` is the
 * host that it is about, or the domain; `{detail}` the detail in words.
 */
export const REASON_WORDS: Readonly<Record<ReasonCode, string>> = {
  'no such domain': 'The DNS knows no domain {domain}. Look for a slip in the address.',
  'null MX': 'By the DNS, {domain} takes no mail at all.',
  'no mail host': 'The DNS knows no mail server of {domain}. Look for a slip in the address.',
  'names not vouched for':
    'Nothing proves which servers take mail for {domain} (no DNSSEC, no MTA-STS). Only its administrator can change that.',
  'MTA-STS testing':
    '{domain} only tests its policy on secure mail (MTA-STS), so nothing proves which servers take its mail.',
  'MTA-STS none':
    '{domain} has withdrawn its policy on secure mail (MTA-STS), so nothing proves which servers take its mail.',
  'host not in policy':
    'The policy of {domain} on secure mail (MTA-STS) does not name its mail server {host}.',
  'host has no address': 'The DNS knows no address of the mail server {host}.',
  'no STARTTLS': 'The mail server {host} offered no encryption (no STARTTLS).',
  'TLS failed': 'With the mail server {host} no encrypted connection came about ({detail}).',
  'DANE mismatch':
    'The certificate that the mail server {host} showed is not the one that the DNS names (DANE).',
  'certificate not trusted':
    'The certificate that the mail server {host} showed does not prove who it is ({detail}).',
  'REQUIRETLS not offered':
    'The mail server {host} takes no messages that require TLS (it offers no REQUIRETLS).',
  'answer in clear':
    'The DNS said so over the network in clear, where somebody could have changed it. DNS over TLS or HTTPS keeps this network out.',
  'seen from this network':
    'This was seen from this computer: a network that meddles with mail can make it look so.',
  'not a domain': '{domain} is no domain that mail can be sent to.',
  'address literal': 'About an address in place of a domain nothing can be looked up.',
  'no answer in time': 'The look-ups took too long. Ask again in a while.',
  'resolver cannot tell':
    'The DNS server in use cannot prove what is signed (DNSSEC). One that checks it, asked over TLS or HTTPS, can.',
  'resolver not verified':
    "The DNS server in use could not prove who it is. Its certificate or the proxy's configuration is wrong, or somebody meddles.",
  'DNS failed': 'The look-up of {host} failed: {detail}.',
  'DNSSEC bogus':
    'The DNS entries of {host} are signed wrongly: its administrator made a mistake, or somebody meddles.',
  'policy not fetched':
    'The policy of {domain} on secure mail (MTA-STS) could not be fetched: {detail}.',
  'special address':
    'The mail server {host} has no address of the public Internet, so most mail servers cannot reach it.',
  'certificate not promised':
    'Whether the certificate of the mail server {host} is good shows only when mail is sent.',
  'TLSA unusable':
    'What the DNS says about the certificate of the mail server {host} (TLSA) is of no use to mail servers.',
  'DANE and MTA-STS differ':
    'DANE and MTA-STS disagree about the mail server {host}, and senders differ in which they follow.',
  'hosts not looked at':
    'Not all mail servers of {domain} were looked at, and another one may take the message.',
  'REQUIRETLS not seen':
    'Whether the mail server {host} takes messages that require TLS is not known: {detail}.',
  DANE: 'The way to the mail server {host} can be checked (DANE).',
  'MTA-STS enforced': 'The way to the mail server {host} can be checked (MTA-STS).',
  'certificate seen':
    'Nothing promises it, but the certificate of the mail server {host} was seen to be good.',
  'policy kept': 'The policy that was fetched before still counts: {detail}.',
  'REQUIRETLS seen':
    'The mail server {host} was seen to offer to take messages that require TLS (REQUIRETLS).',
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
