import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { SMTPServer } from 'smtp-server';
import { shuttingDown } from '../../shared/submission/refusals.ts';
import type { ListenAddress } from '../listen-address.ts';
import { ListenerLimits } from './listener-limits.ts';
import { MailProgramConnection } from './mail-program.ts';
import { Relay } from './relay.ts';
import type { UpstreamDoor } from './upstream.ts';

/** How long a stop waits for a message under way. */
const STOP_MS = 600_000;

/**
 * A listener for mail programs, in front of one submission server.
 *
 * Departures: RFC 4954 §4 and RFC 8314 §3 want TLS before a login; there is none on loopback,
 * and only loopback is listened on.
 */
export class Listener {
  readonly #server: RelayServer;

  private constructor(server: RelayServer) {
    this.#server = server;
  }

  /** @throws Error with `code`, EADDRINUSE for one, when the address cannot be listened on */
  static async open(at: ListenAddress, door: UpstreamDoor, log: Logger): Promise<Listener> {
    const server = new RelayServer(door, log);
    server.on('error', (error) => log.debug({ event: 'listener', reason: error.message }));
    await once(server.listen(at.port, at.host), 'listening');
    return new Listener(server);
  }

  get port(): number {
    const address = this.#server.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** Takes no more connections, closes the idle ones, and lets a message under way finish. */
  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

class RelayServer extends SMTPServer {
  readonly #door: UpstreamDoor;
  readonly #log: Logger;
  readonly #limits = new ListenerLimits();

  constructor(door: UpstreamDoor, log: Logger) {
    super({
      name: 'localhost', // no machine name leaks
      banner: 'Require TLS',
      disabledCommands: ['STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
      authOptional: true, // the submission server says itself when it wants a login
      disableReverseLookup: true, // a PTR query would tell the name server of each submission
      closeTimeout: STOP_MS,
      logger: false,
    });
    this.#door = door;
    this.#log = log;
  }

  override connect(socket: Socket): void {
    const relay = new Relay(
      this.#door,
      this.#log.child({ session: randomBytes(4).toString('hex') }),
    );
    const blockMs = this.#door.deadlines.blockMs;
    const connection = new MailProgramConnection(this, socket, {
      relay,
      limits: this.#limits,
      blockMs,
      needsLogin: false,
    });
    this.connections.add(connection);
    connection.on('error', (error: Error) =>
      this.#log.info({ event: 'mail program', reason: error.message }),
    );
    connection.init();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const connection of this.connections) {
      if (connection instanceof MailProgramConnection && !connection.isReceiving) {
        connection.reply(shuttingDown());
        connection.close();
      }
    }
    await closed;
  }
}
