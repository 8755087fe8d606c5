import { once } from 'node:events';
import net from 'node:net';
import { Worker } from 'node:worker_threads';
import { waitUntil } from '../wait-until.ts';

/**
 * A listener whose thread sleeps: once its queue is full, the kernel leaves further connections
 * without an answer, as a network does that swallows them.
 */
const SLEEPING_LISTENER = `
  const net = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = net.createServer((socket) => socket.on('error', () => undefined));
  server.listen({ ...workerData.at, backlog: 1 }, () => {
    const awake = new Int32Array(workerData.awake);
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(awake, 0, 0));
  });
`;

/** More than any system keeps for a queue of one. */
const QUEUE_FILLERS = 4;

export type BlockedPort = {
  readonly port: number;
  /** Lets everybody in; a connection under way gets through with the kernel's next attempt. */
  wake(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

/** A port on a loopback address at which connecting takes for ever. */
export async function blockedPort(host: '127.0.0.1' | '::1', wanted = 0): Promise<BlockedPort> {
  const awake = new SharedArrayBuffer(4);
  const workerData = { at: { host, port: wanted }, awake };
  const worker = new Worker(SLEEPING_LISTENER, { eval: true, workerData });
  const [port]: unknown[] = await once(worker, 'message');
  if (typeof port !== 'number') throw new Error('the listener does not say its port');

  const fillers = Array.from({ length: QUEUE_FILLERS }, () => {
    const socket = net.connect(port, host);
    socket.on('error', () => undefined);
    return socket;
  });
  const isFull = () => fillers.some(({ connecting }) => !connecting);
  await waitUntil(isFull, 2000, () => 'no connection went into the queue');
  return {
    port,
    wake() {
      Atomics.store(new Int32Array(awake), 0, 1);
      Atomics.notify(new Int32Array(awake), 0);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}
