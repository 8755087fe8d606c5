import { connect, createServer, type Socket } from 'node:net';
import { listeningPort } from '../listening-port.ts';

/** A way to a server on which everything can be held up, without a word to either side. */
export type HeldWay = AsyncDisposable & {
  readonly port: number;
  connections(): { readonly made: number; readonly open: number };
  /** From now on no octet passes on the connections that there are. */
  hold(): void;
  /** Whether there is anything that would have passed. */
  isHolding(): boolean;
  /** It passes after all. */
  release(): void;
};

type Connection = { readonly asking: Socket; held: (() => void)[] | undefined };

/** @param port where the server listens */
export async function heldWay(port: number): Promise<HeldWay> {
  const open = new Set<Connection>();
  let made = 0;
  const server = createServer((asking) => {
    made += 1;
    const connection: Connection = { asking, held: undefined };
    open.add(connection);
    const asked = connect(port, '127.0.0.1');
    const passing = (to: Socket) => (octets: Buffer) => {
      const pass = () => to.write(octets);
      if (connection.held === undefined) pass();
      else connection.held.push(pass);
    };
    asking.on('data', passing(asked)).on('error', () => asking.destroy());
    asked.on('data', passing(asking)).on('error', () => asked.destroy());
    asked.on('close', () => asking.destroy());
    asking.on('close', () => {
      open.delete(connection);
      asked.destroy();
    });
  });
  return {
    port: await listeningPort(server),
    connections: () => ({ made, open: open.size }),
    hold: () => open.forEach((connection) => (connection.held ??= [])),
    isHolding: () => [...open].some(({ held = [] }) => held.length > 0),
    release: () => {
      for (const connection of open) {
        connection.held?.forEach((pass) => pass());
        connection.held = undefined;
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const { asking } of open) asking.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
