import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import type { HowToStart, PairedProxies } from './paired-proxies.ts';
import { scriptedUpstream } from './scripted-upstream.ts';

/** Of this computer, and nobody else listens there. */
const ADDRESS = '127.86.89.1';

/** RFC 8314 §3.3: a mail program leaves it out. */
const SUBMISSIONS = 465;

/** A submission server as somebody's provider has one, behind a proxy that is paired. */
export type NamedUpstream = AsyncDisposable & {
  /** Where the proxy listens. */
  readonly port: number;
};

/**
 * Starts it for a picture, in which `localhost` and a port that changes would look odd.
 *
 * @param name which only this proxy can look up
 */
export async function startNamedUpstream(
  proxies: PairedProxies,
  name: string,
  { flags = [], inside = [] }: HowToStart = {},
): Promise<NamedUpstream> {
  const upstream = await scriptedUpstream(undefined, name);
  const sockets = new Set<Socket>();
  const door = net.createServer((socket) => {
    const inner = net.connect(upstream.port, '127.0.0.1');
    for (const one of [socket, inner]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
    }
    socket.pipe(inner).pipe(socket);
  });
  door.listen(SUBMISSIONS, ADDRESS);
  await once(door, 'listening');
  const proxy = await withNodeOptions(`--import=${lookUpModule(name)}`, async () =>
    proxies.start(`submissions://${name}`, upstream.caFile, flags, inside),
  );
  return {
    port: proxy.port,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => door.close(resolve));
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** A module for Node that answers for one name in place of the system. */
function lookUpModule(name: string): string {
  const found = JSON.stringify([{ address: ADDRESS, family: 4 }]);
  const code = `import dns from 'node:dns/promises';
    const { lookup } = dns;
    dns.lookup = async (host, how) => host === '${name}' ? ${found} : lookup(host, how);`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

async function withNodeOptions<Done>(options: string, act: () => Promise<Done>): Promise<Done> {
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = options;
  try {
    return await act();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}
