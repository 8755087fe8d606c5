/**
 * Octets from a server or a message as text for a terminal or a log: read as UTF-8, without
 * control characters, C1 included, which could steer the terminal.
 *
 * @param octets one character for each octet
 */
export function printable(octets: string): string {
  return Buffer.from(octets, 'latin1')
    .toString('utf8')
    .replace(/\p{Cc}/gu, '?');
}
