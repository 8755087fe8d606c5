import dns from 'node:dns/promises';
import net from 'node:net';
import { codeOf } from '../error-message.ts';

type Family = 4 | 6;

/**
 * Finds the addresses of a host, best first: of both families (0) or of IPv4 alone.
 *
 * @throws Error with `code`: ENOTFOUND for none, EAI_AGAIN when it could not be asked
 */
export type LookUp = (host: string, family: 0 | 4) => Promise<readonly string[]>;

/** RFC 8305 §5: how long one address has the line for itself before the next is tried as well. */
const ATTEMPT_DELAY_MS = 250;

/**
 * A look-up that takes longer waits for one of its two answers: some name servers never give
 * that for AAAA (RFC 4074 §4.1).
 */
const SLOW_LOOK_UP_MS = 1000;

/** A session waits up to ten minutes for a reply; some routers forget a silent one sooner. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Opens a TCP connection to whichever address of the host answers first (RFC 8305).
 *
 * The families are tried alternately, and no address is given up for the next one: Node's
 * `autoSelectFamily` leaves each after 250 ms, and so never gets through where every way takes
 * longer (20.20; look again 2027-06).
 *
 * @param signal ends all attempts
 * @throws Error with `code`, the most telling one of all attempts
 */
export async function connectTcp(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  lookUp: LookUp = systemLookUp,
): Promise<net.Socket> {
  signal.throwIfAborted();
  const race = new Race(port);
  const abort = () => race.fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (net.isIP(host) !== 0) race.enter([host]);
    else void race.enterAll((family) => lookUp(host, family));
    return await race.won;
  } finally {
    signal.removeEventListener('abort', abort);
    race.end();
  }
}

/** Each holds one of Node's few threads until the system gives up, so equal ones are shared. */
const underWay = new Map<string, Promise<readonly string[]>>();

/**
 * Through the system: hosts file, name servers, and the order of RFC 6724. Both families are
 * asked for at once, because a hosts file that names one of them speaks for both.
 */
async function systemLookUp(host: string, family: 0 | 4): Promise<readonly string[]> {
  const question = `${host} ${family}`;
  const asked = underWay.get(question);
  if (asked !== undefined) return await asked;
  const answer = dns
    .lookup(host, { family, all: true, verbatim: true })
    .then((found) => found.map(({ address }) => address))
    .finally(() => underWay.delete(question));
  underWay.set(question, answer);
  return await answer;
}

class Race {
  readonly won: Promise<net.Socket>;
  readonly #port: number;
  readonly #waiting: Record<Family, string[]> = { 4: [], 6: [] };
  readonly #entered = new Set<string>();
  readonly #trying = new Set<net.Socket>();
  readonly #faults: unknown[] = [];
  #lookingUp = 0;
  #nextFamily: Family = 6;
  #delay: NodeJS.Timeout | undefined;
  #over = false;
  #win: (socket: net.Socket) => void = () => undefined;
  #lose: (fault: unknown) => void = () => undefined;

  constructor(port: number) {
    this.#port = port;
    this.won = new Promise((resolve, reject) => {
      this.#win = resolve;
      this.#lose = reject;
    });
  }

  enter(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#entered.has(address)) continue;
      this.#entered.add(address);
      this.#waiting[net.isIPv6(address) ? 6 : 4].push(address);
    }
    if (this.#delay === undefined) this.#tryNext();
  }

  /** Enters what is found; and what IPv4 alone has, when the look-up of both is slow or fails. */
  async enterAll(lookUp: (family: 0 | 4) => Promise<readonly string[]>, family: 0 | 4 = 0) {
    const again = () => {
      if (family === 0 && !this.#over) void this.enterAll(lookUp, 4);
    };
    this.#lookingUp += 1;
    const slow = setTimeout(again, SLOW_LOOK_UP_MS).unref();
    let found: readonly string[] = [];
    try {
      found = await lookUp(family);
    } catch (fault) {
      this.#faults.push(fault);
      if (codeOf(fault) === 'EAI_AGAIN') again();
    }
    clearTimeout(slow);
    this.#lookingUp -= 1;
    this.enter(found);
  }

  fail(fault: unknown): void {
    this.#lose(fault);
    this.end();
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#delay);
    for (const socket of this.#trying) socket.destroy();
  }

  #tryNext(): void {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    if (this.#over) return;

    const address = this.#takeAddress();
    if (address !== undefined) {
      this.#try(address);
      this.#delay = setTimeout(() => this.#tryNext(), ATTEMPT_DELAY_MS);
    } else if (this.#lookingUp === 0 && this.#trying.size === 0) {
      this.fail(mostTelling(this.#faults));
    }
  }

  #takeAddress(): string | undefined {
    const other = this.#nextFamily === 6 ? 4 : 6;
    const address = this.#waiting[this.#nextFamily].shift();
    if (address === undefined) return this.#waiting[other].shift();
    this.#nextFamily = other;
    return address;
  }

  #try(address: string): void {
    const socket = net.connect({
      host: address,
      port: this.#port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    this.#trying.add(socket);
    const failed = (fault: Error) => {
      this.#trying.delete(socket);
      this.#faults.push(fault);
      this.#tryNext();
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      this.#trying.delete(socket);
      this.#win(socket);
      this.end();
    });
  }
}

/** From somebody who answered, down to no way there at all. */
const TELLING = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'];
const LOOK_UP = ['EAI_AGAIN', 'ENOTFOUND'];

function mostTelling(faults: readonly unknown[]): unknown {
  const telling = [...TELLING, ...LOOK_UP]
    .map((code) => faults.find((fault) => codeOf(fault) === code))
    .find((fault) => fault !== undefined);
  return telling ?? faults[0] ?? new Error('its name has no address');
}
