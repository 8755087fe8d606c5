import { once } from 'node:events';
import type net from 'node:net';
import type tls from 'node:tls';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { within } from './deadline.ts';
import { ReplyReader, UpstreamLost } from './reply-reader.ts';

const WE_CLOSED = new UpstreamLost('we closed the connection');
/** What is thrown when the server ended the connection, in whatever state. */
export const IT_CLOSED = new UpstreamLost('it closed the connection');

/** How long a server may take to say goodbye. */
const QUIT_MS = 5_000;

/**
 * The connection to the submission server: octets out, at the pace it takes them, and whole
 * replies in, each tied to its command. What is lost stays lost.
 */
export class UpstreamWire {
  readonly #blockMs: number;
  #replies = new ReplyReader(false);
  #socket: net.Socket;
  #lost: UpstreamLost | undefined;
  #isLeft = false;
  #onLost: () => void = () => undefined;

  /** @param blockMs how long the server may take for a block of octets */
  constructor(socket: net.Socket, blockMs: number) {
    this.#socket = socket;
    this.#blockMs = blockMs;
    this.#listen();
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        this.#replies.push(chunk);
      } catch (error) {
        this.#lose(error);
      }
    });
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('close', () => this.#lose(IT_CLOSED));
  }

  /**
   * Changes to TLS. Replies that came with the one before, in clear, have lost the connection
   * already: they would be taken for answers from inside (RFC 3207 §6).
   *
   * @param connect begins TLS over the socket
   * @throws Error with the code of the handshake's or the certificate's fault
   */
  async startTls(connect: (plain: net.Socket) => tls.TLSSocket): Promise<tls.TLSSocket> {
    this.assertAlive();
    const plain = this.#socket;
    for (const event of ['data', 'error', 'close']) plain.removeAllListeners(event);
    const secured = connect(plain);
    this.#socket = secured;
    this.#replies = new ReplyReader(true);
    try {
      await once(secured, 'secureConnect');
    } finally {
      this.#listen();
    }
    return secured;
  }

  /** How many octets it has said: what has not answered at all may be asked elsewhere. */
  get heardOctets(): number {
    return this.#replies.heardOctets;
  }

  /** No more can be said on it. */
  get isLost(): boolean {
    return this.#lost !== undefined || this.#isLeft;
  }

  /** @param listener called once, when it is lost without our doing */
  set onLost(listener: () => void) {
    this.#onLost = listener;
  }

  /** Places a waiter for the next reply; call it before the command is written. */
  expectOne(): Promise<SmtpReply> {
    return this.#replies.expectOne();
  }

  /** As `expectOne`, for several. */
  expect(count: number): Promise<SmtpReply>[] {
    return this.#replies.expect(count);
  }

  /** @throws UpstreamLost */
  assertAlive(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** @throws UpstreamLost, also when a block does not get through within the limit */
  async write(octets: string | Buffer): Promise<void> {
    this.assertAlive();
    const block = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
    if (this.#socket.write(block)) return;
    try {
      await within(this.#blockMs, 'progress', this.#drained());
    } catch (error) {
      throw error instanceof UpstreamLost ? error : new UpstreamLost(messageOf(error));
    }
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const drained = () => {
        socket.off('close', closed);
        resolve();
      };
      const closed = () => {
        socket.off('drain', drained);
        reject(this.#lost ?? IT_CLOSED);
      };
      socket.once('drain', drained);
      socket.once('close', closed);
    });
  }

  #lose(fault: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost =
      fault instanceof UpstreamLost ? fault : new UpstreamLost(messageOf(fault), { cause: fault });
    this.#replies.fail(this.#lost);
    this.#socket.destroy();
    this.#onLost();
  }

  /** Nothing more is said on it; an answer that is late is still heard, for so long. */
  linger(ms: number): void {
    this.#onLost = () => undefined;
    this.#isLeft = true;
    this.#socket.unref(); // a stop does not wait for it: the receipt says unknown already
    setTimeout(() => this.close(), ms).unref();
  }

  /** Ends it between two messages, in words. */
  quit(): void {
    if (this.#isLeft) return;
    this.#onLost = () => undefined;
    if (this.#lost === undefined) this.#socket.end('QUIT\r\n');
    this.#socket.removeAllListeners('data').resume(); // whatever it still says is not kept
    this.#lost ??= WE_CLOSED;
    this.#replies.fail(this.#lost);
    setTimeout(() => this.close(), QUIT_MS).unref();
  }

  /** Ends it at once: the server must not take what it has for a whole message. */
  close(): void {
    this.#onLost = () => undefined;
    this.#lose(WE_CLOSED);
    this.#socket.destroy();
  }
}
