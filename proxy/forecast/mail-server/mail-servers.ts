import type net from 'node:net';
import { codeOf } from '../../error-message.ts';
import { DeadlinePassed, within } from '../../submission/deadline.ts';
import type { Trust } from '../../submission/tls-profile.ts';
import { addressLiteral } from '../../submission/upstream.ts';
import { UpstreamWire } from '../../submission/upstream-wire.ts';
import { connectChecked, NoPublicAddress } from '../checked-connection.ts';
import { lookAt, sayGoodbye, type Look, type LookedAt, type MailServer } from './mx-session.ts';

export type MailServersOptions = {
  readonly trust: Trust;
  readonly mxPort: number;
  readonly allowSpecialAddresses: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly limits?: Partial<typeof LIMITS>;
};

/** Absolute. Who asks need not wait for the end: what is seen counts in the next forecast. */
const LIMITS = {
  connectMs: 8_000,
  /** Some servers let others wait for their greeting, to see whether they can. */
  sessionMs: 12_000,
};

type NamedServer = Pick<MailServer, 'host' | 'serverName'>;

type WhyNotSeen = Extract<Look, { kind: 'not seen' }>['why'];

/** How a look went, and what it says of the way to that port. */
export type LookAtHost = LookedAt & {
  readonly connection: 'made' | 'silence' | 'refusal' | 'none' | 'not tried';
};

/** Connects to mail servers to look at them, and ends each connection. */
export class MailServers {
  readonly #options: MailServersOptions;
  readonly #limits: typeof LIMITS;
  readonly #underWay = new Set<AbortController>();

  constructor(options: MailServersOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  async look(server: NamedServer, addresses: readonly string[]): Promise<LookAtHost> {
    const ending = new AbortController();
    this.#underWay.add(ending);
    try {
      const { mxPort: port, allowSpecialAddresses } = this.#options;
      const connecting = connectChecked({ addresses, port, allowSpecialAddresses }, ending.signal);
      const socket = await within(this.#limits.connectMs, 'connection', connecting);
      return { connection: 'made', ...(await this.#session(server, socket)) };
    } catch (error) {
      return notConnected(error);
    } finally {
      this.#underWay.delete(ending);
      ending.abort();
    }
  }

  /** Ends what is under way. */
  close(): void {
    for (const one of this.#underWay) one.abort();
  }

  async #session(names: NamedServer, socket: net.Socket): Promise<LookedAt> {
    const { sessionMs } = this.#limits;
    const { trust, now } = this.#options;
    const wire = new UpstreamWire(socket, sessionMs);
    try {
      const server = { ...names, trust, ehloName: addressLiteral(socket.localAddress), now };
      const looked = await within(sessionMs, 'end of the session', lookAt(wire, server));
      await sayGoodbye(wire);
      return looked;
    } catch (error) {
      if (!(error instanceof DeadlinePassed)) throw error;
      return { look: { kind: 'not seen', why: 'timed out' } };
    } finally {
      wire.close();
    }
  }
}

function notConnected(error: unknown): LookAtHost {
  const because = (connection: LookAtHost['connection'], why: WhyNotSeen): LookAtHost => ({
    connection,
    look: { kind: 'not seen', why },
  });
  if (error instanceof DeadlinePassed) return because('silence', 'timed out');
  if (error instanceof NoPublicAddress) {
    return because('not tried', error.isSpecial ? 'special address' : 'no address');
  }
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return because('refusal', 'connection refused');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH': // what some firewalls answer, and routers on the way to nowhere
      return because('silence', 'timed out');
    default:
      // Without a network, or ended by us: it says nothing of the port.
      return because('none', 'connection lost');
  }
}
