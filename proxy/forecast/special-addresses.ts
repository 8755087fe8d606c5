import net from 'node:net';
import ipaddr from 'ipaddr.js';

/** Global unicast (RFC 4291 §2.4, as IANA gives it out): all else of IPv6 is none, or not yet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** By which a network that has IPv6 alone reaches IPv4; the address stands in the last 32 bits. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/**
 * Says whether an address that came from the DNS may be connected to: whether it is one of the
 * public Internet, by IANA's registries of special-purpose addresses (RFC 6890). Anybody can write
 * `127.0.0.1` into his zone, or the address of somebody's router.
 *
 * Those that hold an IPv4 address stand for it. Only that of NAT64 (RFC 6052 §2.1) is believed to,
 * since a resolver makes it of an honest A record; mapped, translated, 6to4 and Teredo addresses
 * have no business in the DNS and are refused whatever they hold.
 *
 * @param text as Node writes an address: any other spelling (octal, short, with a zone) is refused
 */
export function isPublicAddress(text: string): boolean {
  if (net.isIPv4(text)) return isPublicIpv4(ipaddr.IPv4.parse(text));
  if (!net.isIPv6(text) || text.includes('%')) return false;
  const address = ipaddr.IPv6.parse(text);
  if (address.match(NAT64)) return isPublicIpv4(embeddedIn(address));
  // What the library does not know as special, such as 4000::/3, it calls unicast.
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}

function isPublicIpv4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast';
}

function embeddedIn(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
