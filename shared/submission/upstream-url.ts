/** Where mail is submitted, and how TLS starts there (RFC 8314 §3, RFC 6409 §3.1). */
export type UpstreamServer = {
  /** Host name in A-label form, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
};

const URL = /^(submissions?):\/\/(?:\[([0-9a-f:.]+)\]|([^\s/:@?#[\]]+))(?::([0-9]{1,5}))?\/?$/i;

/**
 * Reads `submissions://host[:465]` (implicit TLS) or `submission://host[:587]` (STARTTLS,
 * insisted on). A user name or password in it is not taken: neither is ever stored.
 *
 * @returns undefined when it is neither; the host as written
 */
export function parseUpstreamUrl(text: string): UpstreamServer | undefined {
  const [, scheme, ipv6, name, written] = URL.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (scheme === undefined || host === undefined) return undefined;

  const tls = scheme.toLowerCase() === 'submissions' ? 'implicit' : 'starttls';
  const port = Number(written ?? (tls === 'implicit' ? 465 : 587));
  return port >= 1 && port <= 65535 ? { host, port, tls } : undefined;
}
