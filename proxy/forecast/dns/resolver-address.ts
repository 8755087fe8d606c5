import net from 'node:net';

/** Who is asked: whoever the system asks, or this one. */
export type ResolverAddress =
  | { readonly kind: 'system' }
  | NameServerAddress
  /** DNS over TLS (RFC 7858). */
  | { readonly kind: 'DoT'; readonly host: string; readonly port: number }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: 'DoH'; readonly url: string };

/** UDP, and TCP for what is longer. */
export type NameServerAddress = {
  readonly kind: 'plain';
  readonly address: string;
  readonly port: number;
};

const DNS_PORT = 53;
const DNS_OVER_TLS_PORT = 853; // RFC 7858 §3.1

/** As the system and people write addresses: `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`. */
const ADDRESS = /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([0-9.]+))(?::([0-9]{1,5}))?$/i;

/**
 * Reads `system`, `HOST:PORT`, `https://…` or `tls://HOST:PORT`.
 *
 * @throws Error that says what is wrong
 */
export function parseResolver(text: string): readonly ResolverAddress[] {
  if (text === 'system') return [{ kind: 'system' }];
  if (/^[a-z]+:\/\//i.test(text)) return [encrypted(text)];
  const address = parseNameServer(text);
  if (address !== undefined) return [address];
  throw new Error(
    `"${text}" is no resolver: "system", an IP address with or without a port, ` +
      'https://HOST/PATH (DNS over HTTPS) or tls://HOST (DNS over TLS)',
  );
}

/** Undefined for what is no IP address, with or without a port. */
export function parseNameServer(text: string): NameServerAddress | undefined {
  const [, v6, v4, written] = ADDRESS.exec(net.isIPv6(text) ? `[${text}]` : text) ?? [];
  const address = v6 ?? v4 ?? '';
  const port = Number(written ?? DNS_PORT);
  const isAddress = v6 === undefined ? net.isIPv4(address) : net.isIPv6(address);
  return isAddress && port > 0 && port <= 65_535 ? { kind: 'plain', address, port } : undefined;
}

function encrypted(text: string): ResolverAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new Error(`"${text}" is not an address such as https://HOST/PATH or tls://HOST`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error('a resolver is asked without a user name and a password');
  }
  switch (url.protocol) {
    case 'https:':
      if (/[{}]|%7[bd]/i.test(url.pathname + url.search)) {
        throw new Error(`write "${text}" without what stands in braces`); // RFC 8484 §3
      }
      url.hash = '';
      return { kind: 'DoH', url: url.href };
    case 'tls:':
      if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
        throw new Error(`"${text}" has more in it than tls://HOST:PORT`);
      }
      return {
        kind: 'DoT',
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? DNS_OVER_TLS_PORT : Number(url.port),
      };
    case 'http:':
      throw new Error('http:// is neither private nor authenticated: write https://');
    default:
      throw new Error(`"${text}" begins with neither https:// nor tls://`);
  }
}

/** As it is written, for people. */
export function resolverText(address: Exclude<ResolverAddress, { kind: 'system' }>): string {
  switch (address.kind) {
    case 'plain':
      return hostAndPort(address.address, address.port);
    case 'DoT':
      return `tls://${hostAndPort(address.host, address.port)}`;
    case 'DoH':
      return address.url;
  }
}

function hostAndPort(host: string, port: number): string {
  return net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether nobody but this computer stands between us and the resolver: 127.0.0.0/8, ::1. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
