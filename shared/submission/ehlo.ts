import { withoutBlanks } from './header-section.ts';

/** Extension keywords in upper case, each with its parameters as written (RFC 5321 §4.1.1.1). */
export type EhloKeywords = ReadonlyMap<string, string>;

/**
 * Reads the extension keywords from a reply to EHLO (RFC 5321 §4.1.1.1).
 *
 * The first line is a greeting and names no extension. On every other line only the first word
 * is a keyword. Looking for a keyword anywhere in the reply would let
 * `250-mx.example has no REQUIRETLS` pass for an offer.
 *
 * @param lines reply lines as sent, without code and separator, greeting first
 */
export function ehloKeywords(lines: readonly string[]): EhloKeywords {
  const [, ...extensions] = lines;
  const keywords = new Map<string, string>();
  for (const line of extensions) {
    const [, word, written = ''] = /^([A-Za-z0-9][A-Za-z0-9-]*)(?: +(.*))?$/s.exec(line) ?? [];
    if (word === undefined) continue;
    const keyword = word.toUpperCase();
    const parameters = [keywords.get(keyword) ?? '', withoutBlanks(written)];
    keywords.set(keyword, parameters.filter((text) => text !== '').join(' '));
  }
  return keywords;
}

/** Whether the server offers REQUIRETLS (RFC 8689 §2); only its EHLO reply inside TLS counts. */
export function offersRequireTls(keywords: EhloKeywords): boolean {
  return keywords.has('REQUIRETLS');
}

/** SASL mechanisms the proxy can carry from the mail program to the submission server. */
const PASSED_MECHANISMS = ['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER'] as const;
export type PassedMechanism = (typeof PASSED_MECHANISMS)[number];

export function offeredMechanisms(keywords: EhloKeywords): readonly string[] {
  return (keywords.get('AUTH') ?? '')
    .toUpperCase()
    .split(' ')
    .filter((word) => word !== '');
}

export function passedMechanisms(keywords: EhloKeywords): readonly PassedMechanism[] {
  const offered = offeredMechanisms(keywords);
  return PASSED_MECHANISMS.filter((mechanism) => offered.includes(mechanism));
}

/**
 * The extensions we list to the mail program. PIPELINING is ours; the others are promises that
 * only the submission server can keep, so they stand here when it makes them. CHUNKING,
 * BINARYMIME, LIMITS and DELIVERBY are never listed: this proxy does not speak them.
 *
 * @param overTls whether the mail program's own connection is TLS: REQUIRETLS is offered nowhere
 * else (RFC 8689 §2)
 */
export function mirroredExtensions(upstream: EhloKeywords, overTls: boolean): readonly string[] {
  const promises = ['8BITMIME', 'SMTPUTF8', 'DSN', ...(overTls ? ['REQUIRETLS'] : [])];
  const passed = promises.filter((keyword) => upstream.has(keyword));
  const size = upstream.get('SIZE');
  const mechanisms = passedMechanisms(upstream);
  return [
    'PIPELINING',
    ...(size === undefined ? [] : [/^[0-9]{1,20}$/.test(size) ? `SIZE ${size}` : 'SIZE']),
    ...passed,
    ...(mechanisms.length === 0 ? [] : [`AUTH ${mechanisms.join(' ')}`]),
  ];
}

/** The largest message the server takes, in octets (RFC 1870 §4); undefined: it does not say. */
export function sizeLimitOctets(keywords: EhloKeywords): number | undefined {
  const limit = keywords.get('SIZE') ?? '';
  return /^[0-9]{1,15}$/.test(limit) && Number(limit) > 0 ? Number(limit) : undefined;
}
