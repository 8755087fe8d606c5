import type { MtaStsPolicy } from './mta-sts.ts';
import type { TlsaRecord } from './dane.ts';
import type { MailExchanger } from './mx.ts';

/**
 * What was found out about a domain: the input of the verdict. All names are in A-label form, in
 * lower case and without the final dot; each fact carries its age.
 */
export type DomainFacts = {
  readonly domain: string;
  /** The exchangers in the answer, as they came. */
  readonly mx: Looked<readonly MailExchanger[]>;
  readonly mtaSts: MtaStsFacts;
  /** What was looked at of the hosts that mail for the domain goes to (RFC 5321 §5.1), best first. */
  readonly hosts: readonly HostFacts[];
  /** Whether there are more hosts than were looked at. */
  readonly moreHosts: boolean;
};

/**
 * What DNSSEC says of an answer (RFC 4033 §5). `unknown`: nobody was asked who can tell, so it
 * promises nothing and excludes nothing. A bogus answer is no answer: it `failed`.
 */
export type Dnssec = 'secure' | 'insecure' | 'unknown';

/** Whose word `secure` and `insecure` are. */
export type DnssecSource =
  /** A validator on this computer, with a root anchor of our own. */
  | 'validated here'
  /** The AD bit of a resolver on this computer or over an authenticated channel. */
  | 'resolver'
  | 'nobody';

export const WHY_NO_ANSWER = [
  'timed out',
  'unreachable',
  /** The resolver was reached, and no TLS came about with a certificate that can be believed. */
  'resolver not verified',
  /** SERVFAIL, and no reason to call it bogus. */
  'server failure',
  'refused',
  /** The signatures are wrong, missing or expired. */
  'bogus',
  'malformed',
  /** A chain of aliases that does not end. */
  'alias loop',
  /** One domain may ask for so many and no more. */
  'too many look-ups',
] as const;
export type WhyNoAnswer = (typeof WHY_NO_ANSWER)[number];

/** The answer of the DNS to one question, aliases followed. */
export type Looked<Records> =
  | {
      readonly kind: 'found';
      readonly records: Records;
      /** Of the whole chain of aliases and of the records. */
      readonly dnssec: Dnssec;
      readonly source: DnssecSource;
      /** It is not secure, and came over a network where somebody could have written it. */
      readonly inClear?: boolean | undefined;
      /** Where the chain of aliases ended, where there was one. */
      readonly alias?: string | undefined;
      readonly ageMs: number;
    }
  | {
      /** There is no such record, says an answer without an error. */
      readonly kind: 'none';
      /** NXDOMAIN: there is not even such a name. */
      readonly isNameAbsent: boolean;
      readonly dnssec: Dnssec;
      readonly source: DnssecSource;
      /** It is not secure, and came over a network where somebody could have written it. */
      readonly inClear?: boolean | undefined;
      /** Where the chain of aliases ended, where there was one. */
      readonly alias?: string | undefined;
      readonly ageMs: number;
    }
  | { readonly kind: 'failed'; readonly why: WhyNoAnswer; readonly ageMs: number };

export type MtaStsFacts = {
  /** Each TXT record at `_mta-sts.DOMAIN`, its strings joined. */
  readonly record: Looked<readonly string[]>;
  readonly policy: PolicyFact;
};

export const WHY_NO_POLICY = [
  'timed out',
  'unreachable',
  /** The certificate of the policy host does not verify. */
  'TLS not verified',
  /** An answer of HTTP other than 200; a redirect counts as one (RFC 8461 §3.3). */
  'HTTP status',
  'not text/plain',
  'too large',
  'malformed',
  /** The address of the policy host is none of the public Internet. */
  'special address',
  /** The look-up of its address failed. */
  'DNS failed',
] as const;
export type WhyNoPolicy = (typeof WHY_NO_POLICY)[number];

export type PolicyFact =
  | {
      readonly kind: 'policy';
      readonly policy: MtaStsPolicy;
      /** RFC 8461 §3.3: a policy is kept for its max_age when the record vanishes or a fetch fails. */
      readonly kept: 'as announced' | 'record vanished' | 'fetch failed';
      readonly ageMs: number;
    }
  /** None was announced, and none is kept. */
  | { readonly kind: 'none' }
  /** One is announced, or nobody can tell, and none is kept. */
  | {
      readonly kind: 'failed';
      readonly why: WhyNoPolicy;
      /** A status of HTTP, an error's name. */
      readonly detail?: string | undefined;
      readonly ageMs: number;
    };

export type HostFacts = {
  readonly host: string;
  /** A and AAAA together; `found` when either was, and secure when all that was found is. */
  readonly addresses: Looked<readonly string[]>;
  /** None of them is of the public Internet, and they may not be connected to. */
  readonly onlySpecialAddresses?: boolean | undefined;
  /** CNAME of an alias of what is not signed (dane.ts, aliasToLookUp); where there is none undefined. */
  readonly cname?: Looked<unknown> | undefined;
  /**
   * TLSA at the base domain that RFC 7672 §2.2.2 and §2.2.3 choose (dane.ts, tlsaBases). Undefined
   * where it was not asked, since nothing is known to be secure.
   */
  readonly tlsa: Looked<readonly TlsaRecord[]> | undefined;
  /** That base domain; undefined where it is the host itself, or there is none. */
  readonly tlsaBase?: string | undefined;
  readonly probe: ProbeFact;
};

export const WHY_NOT_PROBED = [
  'not asked for',
  /** From here no connection to any port 25 comes about. */
  'port 25 closed here',
  'no address',
  'special address',
  'timed out',
  'connection refused',
  'connection lost',
  /** By an error in the greeting, or to EHLO or STARTTLS: it may dislike where we come from. */
  'refused us',
  /** The server speaks no SMTP. */
  'not SMTP',
] as const;
export type WhyNotProbed = (typeof WHY_NOT_PROBED)[number];

/** What an MX host did when it was connected to on port 25; no MAIL was sent. */
export type ProbeFact =
  | { readonly kind: 'not seen'; readonly why: WhyNotProbed; readonly ageMs: number }
  | { readonly kind: 'no STARTTLS'; readonly ageMs: number }
  /** The handshake came to no end that either side could use; `detail` names the error. */
  | { readonly kind: 'TLS failed'; readonly detail: string; readonly ageMs: number }
  | {
      readonly kind: 'seen';
      /** `TLSv1.2` or `TLSv1.3`. */
      readonly tls: string;
      readonly certificates: PresentedCertificates;
      /** Whether EHLO inside TLS named REQUIRETLS. */
      readonly requireTls: boolean;
      readonly ageMs: number;
    };

/** What DANE compares, and what PKIX said (RFC 7672 §3.1; RFC 6125 §6). */
export type PresentedCertificates = {
  /** In the order they were presented, the server's own first, each issued by the next. */
  readonly chain: readonly CertificateDigests[];
  /** All names of hosts in it, which may begin with a wildcard; in lower case. */
  readonly dnsNames: readonly string[];
  /** Undefined when the chain leads to a trusted root and names the host; else OpenSSL's word. */
  readonly pkixFault: string | undefined;
};

/** Of one certificate. */
export type CertificateDigests = {
  readonly certificate: SelectedOctets;
  readonly publicKey: SelectedOctets;
  /**
   * Whether it vouches for the server when DANE names it, as of when it was seen: alone where it is
   * the server's own, else as the trust anchor of those before it (RFC 7671 §5.1, §5.2).
   */
  readonly canVouch: Answer;
};

/** `unknown` where those who deliver mail differ, or it cannot be told from here. */
export type Answer = 'yes' | 'no' | 'unknown';

/** What TLSA's matching types name (RFC 6698 §2.1.3): the octets, SHA-256, SHA-512; lower case hex. */
export type SelectedOctets = {
  readonly full: string;
  readonly sha256: string;
  readonly sha512: string;
};
