import { once } from 'node:events';
import { createServer } from 'node:net';

const LOWEST_PORT = 20_000;
const PORTS = 10_000;

/**
 * A port of 127.0.0.1 on which nobody listens, for a server that cannot choose one itself.
 *
 * It lies below the range from which Linux gives ports to connections and to those who ask for
 * port 0, so that nobody is given it before the server takes it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
