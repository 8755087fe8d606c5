import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { SMTPServer } from 'smtp-server';
import { idleTooLong, shuttingDown } from '../../shared/submission/refusals.ts';
import type { ListenAddress } from '../listen-address.ts';
import { ListenerLimits, MAX_CONNECTIONS } from './listener-limits.ts';
import { MailProgramConnection } from './mail-program.ts';
import type { ProbeInbox } from './arriving-probe.ts';
import { Relay } from './relay.ts';
import { StrangersReceipts } from './strangers-receipts.ts';
import type { ReceiptBook } from './submission-record.ts';
import type { UpstreamDoor } from './upstream.ts';
import { WarmUpstream } from './warm-upstream.ts';

/** How long a stop waits for a message under way. */
const STOP_MS = 600_000;

/** A certificate chain and its key, PEM. */
export type OwnCertificate = { readonly cert: string; readonly key: string };

export type ListenerOptions = {
  readonly at: ListenAddress;
  readonly door: UpstreamDoor;
  readonly receipts: ReceiptBook;
  readonly log: Logger;
  /** Where probes of the route come out; without one each is refused. */
  readonly probes?: ProbeInbox | undefined;
  /** For TLS from the start (RFC 8314 §3.3) on the mail program's connection. */
  readonly certificate?: OwnCertificate | undefined;
};

/**
 * A listener for mail programs, in front of one submission server.
 *
 * Departures: RFC 4954 §4 and RFC 8314 §3 want TLS before a login; without a certificate of its
 * own there is none, and then only loopback is listened on.
 */
export class Listener {
  /** Keeps a session ready for whoever connects next. */
  readonly warm: WarmUpstream;
  readonly #server: RelayServer;

  private constructor(server: RelayServer, warm: WarmUpstream) {
    this.#server = server;
    this.warm = warm;
  }

  /** @throws Error with `code`, EADDRINUSE for one, when the address cannot be listened on */
  static async open(options: ListenerOptions): Promise<Listener> {
    const { at, certificate, log } = options;
    if (!at.isLoopback && certificate === undefined) {
      throw new Error('other computers may not reach a listener without TLS');
    }
    const warm = new WarmUpstream(options.door, log);
    const server = new RelayServer(options, warm);
    server.on('error', (error) => log.debug({ event: 'listener', reason: error.message }));
    await once(server.listen(at.port, at.host), 'listening');
    return new Listener(server, warm);
  }

  get port(): number {
    const address = this.#server.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** Whether mail programs are taken in. */
  get isListening(): boolean {
    return this.#server.server.listening;
  }

  /**
   * Closes the connections that wait for another message. Mail programs connect anew for it, and
   * show by that which server they have now.
   */
  closeBetweenMessages(): void {
    this.#server.closeBetweenMessages();
  }

  /** Takes no more connections, closes the idle ones, and lets a message under way finish. */
  async stop(): Promise<void> {
    this.warm.close();
    await this.#server.stop();
  }
}

class RelayServer extends SMTPServer {
  readonly #options: ListenerOptions;
  readonly #warm: WarmUpstream;
  readonly #limits = new ListenerLimits();
  readonly #strangersReceipts: StrangersReceipts;
  #sessions = 0;

  constructor(options: ListenerOptions, warm: WarmUpstream) {
    super({
      name: 'localhost', // no machine name leaks
      banner: 'Require TLS',
      disabledCommands: ['STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
      authOptional: true, // the submission server says itself when it wants a login
      disableReverseLookup: true, // a PTR query would tell the name server of each submission
      closeTimeout: STOP_MS,
      maxClients: MAX_CONNECTIONS, // counts those alone whose TLS has not begun; then our limits do
      logger: false,
      // smtp-server's own default is TLS 1.0 with a key that everybody has.
      ...(options.certificate && { ...options.certificate, secure: true, minVersion: 'TLSv1.2' }),
    });
    this.#options = options;
    this.#warm = warm;
    this.#strangersReceipts = new StrangersReceipts(options.receipts);
  }

  override connect(socket: Socket): void {
    const { at, door, receipts, log, probes } = this.#options;
    this.#sessions += 1;
    const sessionLog = log.child({ session: this.#sessions });
    const relay = new Relay({
      door,
      warm: this.#warm,
      receipts,
      strangersReceipts: this.#strangersReceipts,
      log: sessionLog,
      probes,
    });
    const connection = new MailProgramConnection(this, socket, {
      relay,
      limits: this.#limits,
      blockMs: door.deadlines.blockMs,
      needsLogin: !at.isLoopback,
    });
    if (this.#limits.isFull) this.#makeRoom();
    this.connections.add(connection);
    connection.on('error', (error: Error) =>
      log.info({ event: 'mail-program', reason: error.message }),
    );
    connection.init();
  }

  /** Whoever only holds a connection must not keep the person's mail program out. */
  #makeRoom(): void {
    for (const connection of this.connections) {
      if (connection instanceof MailProgramConnection && connection.isIdleStranger) {
        return connection.turnOut();
      }
    }
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const connection of this.connections) {
      if (connection instanceof MailProgramConnection && !connection.isBusy) {
        connection.reply(shuttingDown());
        connection.close();
      }
    }
    await closed;
  }

  closeBetweenMessages(): void {
    for (const connection of this.connections) {
      if (connection instanceof MailProgramConnection && connection.isBetweenMessages) {
        connection.reply(idleTooLong());
      }
    }
  }
}
