import net from 'node:net';

/** Where mail programs connect, and the name they know it by. */
export type ListenAddress = {
  /** As mail programs write it: an address, or a loopback name such as `work.localhost`. */
  readonly name: string;
  /** What is bound. */
  readonly host: string;
  readonly port: number;
  /** Whether no other computer can reach it. */
  readonly isLoopback: boolean;
};

/**
 * Reads `HOST:PORT`: an IP address, or a name under `.localhost`, which is bound as 127.0.0.1
 * (RFC 6761 §6.3) whatever the resolver knows.
 *
 * @throws Error that says what is wrong
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, ipv6, name, written] =
    /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):([0-9]{1,5})$/i.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(written);
  if (host === undefined || port > 65535) {
    throw new Error(`"${text}" is not an address such as 127.0.0.1:PORT`);
  }
  if (/^(?:.+\.)?localhost$/i.test(host)) {
    return { name: host, host: '127.0.0.1', port, isLoopback: true };
  }
  if (net.isIP(host) === 0) {
    throw new Error(`"${host}" is neither an IP address nor a name under .localhost`);
  }
  const isLoopback = host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
  return { name: host, host, port, isLoopback };
}
