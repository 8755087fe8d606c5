import { readFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';

type End = { readonly address: string; readonly port: number };

/** The two ends of a connection, as a server's socket names them. */
export type Ends = {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
};

/**
 * Whether a connection from this computer is of the user whom this program belongs to. A page's
 * link stands in the list of processes while a browser is being started, and other users of the
 * computer may read that list.
 *
 * Linux says whose a connection is. Elsewhere nobody is turned away: Windows shows nobody the
 * command lines of others, macOS does.
 */
export async function isOwnUsers(ends: Ends): Promise<boolean> {
  const { remoteAddress, remotePort, localAddress, localPort } = ends;
  if (process.platform !== 'linux') return true;
  if (remoteAddress === undefined || localAddress === undefined) return false; // it has ended
  const table = `/proc/net/tcp${net.isIPv6(remoteAddress) ? '6' : ''}`;
  const text = await readFile(table, 'latin1').catch(() => undefined);
  if (text === undefined) return true; // a sandbox without it
  const from = { address: remoteAddress, port: remotePort ?? 0 };
  const to = { address: localAddress, port: localPort ?? 0 };
  return userIn(text, from, to) === os.userInfo().uid;
}

/**
 * The user whose connection it is, by a table of the kernel (proc_net_tcp(5)).
 *
 * @returns undefined where there is no such connection any more
 */
export function userIn(table: string, from: End, to: End): number | undefined {
  const wanted = `${written(from)} ${written(to)}`;
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , user] = line.trim().split(/\s+/);
    if (`${local} ${remote}` === wanted) return Number(user);
  }
  return undefined;
}

/** As the kernel writes it: words of 32 bits in the order of this machine, in hexadecimal. */
function written({ address, port }: End): string {
  const octets = octetsOf(address);
  if (os.endianness() === 'LE') octets.swap32();
  return `${octets.toString('hex').toUpperCase()}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Only addresses of this computer come here: those of IPv4, and `::1`. */
function octetsOf(address: string): Buffer {
  if (net.isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const octets = Buffer.alloc(16);
  if (address === '::1') octets[15] = 1;
  return octets;
}
