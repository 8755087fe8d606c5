import { domainToASCII } from 'node:url';
import { domainName, isAddressLiteral } from '../../shared/forecast/domain.ts';

/** What somebody asked about, and whether mail can be addressed to it at all. */
type AskedDomain =
  /** In A-label form, lower case, without a final dot. */
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'none'; readonly reason: 'not a domain' | 'address literal' };

/** Whatever is not ASCII is judged by its A-label form. */
const LETTERS = /^[A-Za-z0-9._\-\u0080-\u{10FFFF}]+$/u;

/** Names that the DNS never knows and should not hear of (RFC 6761 §6, RFC 7686 §2, RFC 9476 §2). */
const NOT_IN_THE_DNS = /\.(?:localhost|invalid|onion|alt)$/;

/** Longer than any domain is, however it is written. */
const MAX_LETTERS = 1024;

/**
 * The domain that is meant (RFC 5321 §4.1.2), also where it is written as a person writes it: then
 * it is read as browsers read it (UTS #46), which knows more spellings than RFC 5891 does. Nothing
 * is looked up for what is none.
 */
export function askedDomain(text: string): AskedDomain {
  if (isAddressLiteral(text)) return { kind: 'none', reason: 'address literal' };
  // domainToASCII reads the host of a URL, with all that may surround one.
  const written = text.length <= MAX_LETTERS && LETTERS.test(text) ? text : '';
  const domain = domainName(domainToASCII(written));
  const isInTheDns = domain !== undefined && !NOT_IN_THE_DNS.test(domain);
  return isInTheDns ? { kind: 'domain', domain } : { kind: 'none', reason: 'not a domain' };
}

/** One name for a domain, however it is written. What is none stays as it was written. */
export function askedName(text: string): string {
  const asked = askedDomain(text);
  return asked.kind === 'domain' ? asked.domain : text;
}
