/**
 * The domain of a mail address: what follows its last `@`, or all of it where there is none. What
 * stands before the `@` is nobody's business but the recipient's server's.
 *
 * @param address without a display name and without angle brackets
 */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).trim();
}

/** Whether mail for it goes to an address and not by the DNS (RFC 5321 §4.1.3). */
export function isAddressLiteral(domain: string): boolean {
  return /^\[.*\]$/s.test(domain);
}

/**
 * A domain name that mail can go to, in lower case and without the final dot; undefined for
 * anything else, which then goes no further: neither into a question to the DNS nor onto a screen.
 *
 * A name of one label is refused: a resolver may look for it among the names of the local network.
 * So is one whose last label is a number, for some programs take it for an address.
 *
 * @param written in A-label form
 */
export function domainName(written: string): string | undefined {
  const name = hostName(written);
  return name === undefined || !name.includes('.') || ENDS_IN_NUMBER.test(name) ? undefined : name;
}

const ENDS_IN_NUMBER = /\.(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * The labels of RFC 1123 §2.1, and the underscore, which no host name should have and some have:
 * to leave such a host out would be to say that mail cannot arrive where it can.
 */
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const HOST_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** Of all of a name without its final dot, in octets (RFC 1035 §2.3.4). */
const NAME_LIMIT = 253;

/** A host name as `domainName` gives one, but of one label too. */
export function hostName(written: string): string | undefined {
  if (written.length > NAME_LIMIT + 1) return undefined;
  const name = written.replace(/\.$/, '');
  // Looked at before it is put into lower case: KELVIN SIGN becomes a `k` of ASCII.
  return name.length <= NAME_LIMIT && HOST_NAME.test(name) ? name.toLowerCase() : undefined;
}
