import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/**
 * The beginning of a command line whose process has a network of its own: a loopback interface,
 * over which nothing leaves it.
 */
export const IN_OWN_NETWORK = [
  'unshare',
  '--net',
  'sh',
  '-c',
  'PATH=$PATH:/usr/sbin:/sbin ip link set lo up && exec "$@"',
  'sh',
] as const;

/** What a network has carried, by the kernel's own count. */
export type Carried = {
  /** UDP datagrams that were sent. */
  readonly datagrams: number;
  /** TCP connections that were begun. */
  readonly connections: number;
};

/** Counts from when the network was made. */
export async function carriedBy(pid: number): Promise<Carried> {
  const [snmp, snmp6] = await Promise.all([
    readFile(`/proc/${pid}/net/snmp`, 'utf8'),
    readFile(`/proc/${pid}/net/snmp6`, 'utf8'),
  ]);
  const v6 = /^Udp6OutDatagrams\s+(\d+)$/m.exec(snmp6)?.[1];
  return {
    datagrams: count(snmp, 'Udp', 'OutDatagrams') + Number(v6),
    connections: count(snmp, 'Tcp', 'ActiveOpens'), // of both families
  };
}

/** The kernel writes the names in one line and the numbers in the next. */
function count(snmp: string, protocol: string, name: string): number {
  const lines = snmp.split('\n').filter((line) => line.startsWith(`${protocol}: `));
  const [names = [], numbers = []] = lines.map((line) => line.split(' '));
  const found = numbers[names.indexOf(name)];
  if (found === undefined) throw new Error(`the kernel does not count ${protocol} ${name}`);
  return Number(found);
}

/** A door in this network to a port in another one. */
export type Door = {
  /** How many connections went through. */
  passed(): number;
  [Symbol.asyncDispose](): Promise<void>;
};

const PIPE = `
  const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
  process.stdin.pipe(socket).pipe(process.stdout);
  socket.on('error', () => process.exit(1));
`;

/** Opens the same port here: the proxy answers nobody who calls it by another one. */
export async function doorTo(pid: number, port: number): Promise<Door> {
  const sockets = new Set<Socket>();
  let passed = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    passed += 1;
    sockets.add(socket);
    const words = [`--net=/proc/${pid}/ns/net`, process.execPath, '-e', PIPE, String(port)];
    const pipe = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'ignore'] });
    socket.pipe(pipe.stdin);
    pipe.stdout.pipe(socket);
    for (const end of [socket, pipe.stdin]) end.on('error', () => pipe.kill());
    socket.on('close', () => {
      sockets.delete(socket);
      pipe.kill();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    passed: () => passed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
