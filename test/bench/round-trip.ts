import { connect, createServer, type Socket } from 'node:net';
import { listeningPort } from '../listening-port.ts';

export type RoundTripOptions = {
  /** Of 127.0.0.1. */
  readonly toPort: number;
  readonly roundTripMs: number;
};

/** In flight in one direction, more than a mail program has: it bounds memory and not the pace. */
const WINDOW_OCTETS = 4 * 1024 * 1024;

/** setTimeout works in whole milliseconds, and what is due within this one goes with it. */
const TIMER_GRAIN_MS = 0.5;

/**
 * Starts a wire that is so long that an answer takes `roundTripMs`: half of it in each
 * direction, and one and a half for the connection itself, so that the first octet of a server
 * comes two round trips after the call, as it does on a real path. Loss and slow start it has
 * none.
 */
export async function startRoundTrip({ toPort, roundTripMs }: RoundTripOptions) {
  const halfMs = roundTripMs / 2;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const early = delayed(near, halfMs);
    near.on('error', () => near.destroy());
    setTimeout(() => {
      const far = connect({ port: toPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      far.on('error', () => near.destroy());
      far.on('close', () => setTimeout(() => near.destroy(), halfMs));
      near.on('close', () => setTimeout(() => far.destroy(), halfMs));
      if (near.destroyed) far.destroy();
      early.to(far);
      delayed(far, halfMs).to(near);
    }, 3 * halfMs);
  });
  const port = await listeningPort(server);
  return { port: () => port };
}

/** What comes out of `source`, a while later and in the same order. */
function delayed(source: Socket, delayMs: number): { to: (target: Socket) => void } {
  const onTheWay: { readonly dueAt: number; readonly octets: Buffer | 'end' }[] = [];
  let inFlight = 0;
  let target: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;

  const arm = () => {
    const [next] = onTheWay;
    if (target === undefined || timer !== undefined || next === undefined) return;
    timer = setTimeout(deliver, Math.max(0, next.dueAt - performance.now()));
  };
  const deliver = () => {
    timer = undefined;
    const now = performance.now() + TIMER_GRAIN_MS;
    for (let next = onTheWay[0]; next !== undefined && next.dueAt <= now; next = onTheWay[0]) {
      onTheWay.shift();
      if (next.octets === 'end') target?.end();
      else arrive(next.octets);
    }
    arm();
  };
  const arrive = (octets: Buffer) => {
    const resume = () => {
      inFlight -= octets.length;
      if (inFlight < WINDOW_OCTETS) source.resume();
    };
    if (target?.writable === true) target.write(octets, resume);
  };
  source.on('data', (octets: Buffer) => {
    inFlight += octets.length;
    if (inFlight >= WINDOW_OCTETS) source.pause();
    onTheWay.push({ dueAt: performance.now() + delayMs, octets });
    arm();
  });
  source.on('end', () => {
    onTheWay.push({ dueAt: performance.now() + delayMs, octets: 'end' });
    arm();
  });
  return {
    to: (socket) => {
      target = socket;
      arm();
    },
  };
}
