import { once } from 'node:events';
import net from 'node:net';
import { endianness, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { isOwnUsers, userIn } from '../../proxy/control/peer-user.ts';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** A line of the table. */
function lineOf(ends: string, user: number): string {
  return `   1: ${ends} 01 00000000:00000000 00:00000000 00000000  ${user}        0 4711 1 0 20 4 30 10 -1`;
}

/** As machines write it whose words begin with their smallest octet, and as others do. */
const [V4, V4_OTHER, V6] =
  endianness() === 'LE'
    ? ['0100007F', '0200007F', '00000000000000000000000001000000']
    : ['7F000001', '7F000002', '00000000000000000000000000000001'];

const BROWSER = { address: '127.0.0.1', port: 50_000 };
const PROXY = { address: '127.0.0.1', port: 8690 };

test('a connection’s user is found by both of its ends', () => {
  const table = [
    HEAD,
    lineOf(`${V4}:21F2 ${V4}:C350`, 3), // the proxy's own end
    lineOf(`${V4_OTHER}:C350 ${V4}:21F2`, 4), // the same port of another address
    lineOf(`${V4}:C351 ${V4}:21F2`, 5),
    lineOf(`${V4}:C350 ${V4}:21F3`, 6),
    lineOf(`${V4}:C350 ${V4}:21F2`, 1000),
  ].join('\n');
  expect(userIn(table, BROWSER, PROXY)).toBe(1000);
  expect(userIn(table, { ...BROWSER, address: '127.0.0.2' }, PROXY)).toBe(4);
});

test('a connection’s user is found by IPv6 too', () => {
  const table = [HEAD, lineOf(`${V6}:C350 ${V6}:21F2`, 1000)].join('\n');
  const [from, to] = [BROWSER, PROXY].map(({ port }) => ({ address: '::1', port }));
  expect(from && to && userIn(table, from, to)).toBe(1000);
});

test('a connection that is not there any more belongs to nobody', () => {
  expect(userIn(HEAD, BROWSER, PROXY)).toBeUndefined();
});

test.each(['127.0.0.1', '::1'])('the kernel knows whose a connection to %s is', async (host) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const client = net.connect(port ?? 0, host);
  const [socket]: net.Socket[] = await once(server, 'connection');
  try {
    expect(socket && (await isOwnUsers(socket))).toBe(true);
    expect(userInfo().uid).toBeGreaterThanOrEqual(0);
    const other = { ...endsOf(socket), remotePort: 1 };
    expect(await isOwnUsers(other)).toBe(process.platform !== 'linux');
  } finally {
    client.destroy();
    socket?.destroy();
    server.close();
  }
});

function endsOf(socket: net.Socket | undefined) {
  const { remoteAddress, remotePort, localAddress, localPort } = socket ?? new net.Socket();
  return { remoteAddress, remotePort, localAddress, localPort };
}
