import tls from 'node:tls';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { ehloKeywords, type EhloKeywords } from '../../shared/submission/ehlo.ts';
import { isChallenge } from '../../shared/submission/login.ts';
import type { ProvedSession } from '../../shared/submission/policy.ts';
import type { SmtpReply } from '../../shared/submission/reply.ts';
import { messageOf } from '../error-message.ts';
import { within, type Deadlines } from './deadline.ts';
import { replyFromText } from './library-reply.ts';
import { ReplyReader, UpstreamLost } from './reply-reader.ts';
import { verifiedTls, type TlsFacts } from './tls-profile.ts';

/**
 * A proved session. nodemailer has carried it through TLS; from here on the replies are read by
 * us, because nodemailer takes any reply that starts with 2 for success.
 */
export class UpstreamSession implements ProvedSession {
  readonly host: string;
  readonly keywords: EhloKeywords;
  readonly tls: TlsFacts;
  readonly #connection: SMTPConnection;
  readonly #socket: tls.TLSSocket;
  readonly #deadlines: Deadlines;
  readonly #replies = new ReplyReader();
  #lost: UpstreamLost | undefined;
  #onLost: () => void = () => undefined;
  #authenticated = false;
  #isLeft = false;

  constructor(host: string, connection: SMTPConnection, deadlines: Deadlines) {
    const socket = connection._socket;
    if (!(socket instanceof tls.TLSSocket)) throw new Error('the session is not TLS');
    this.host = host;
    this.#connection = connection;
    this.#socket = socket;
    this.#deadlines = deadlines;
    this.tls = verifiedTls(socket);
    // The last reply is the one to the EHLO inside TLS.
    const ehlo = replyFromText(connection.lastServerResponse);
    if (ehlo?.code !== 250) throw new Error('its answer to EHLO is not one');
    this.keywords = ehloKeywords(ehlo.lines);

    connection.on('error', (error: Error) => this.#lose(error.message));
    connection.on('end', () => this.#lose('it closed the connection'));
    socket.on('close', () => this.#lose('it closed the connection'));
    socket.on('error', (error) => this.#lose(error.message));
    this.#takeOver();
  }

  get tlsVerified(): boolean {
    return this.#lost === undefined && this.#socket.authorized;
  }

  get isLost(): boolean {
    return this.#lost !== undefined || this.#isLeft;
  }

  get isAuthenticated(): boolean {
    return this.#authenticated;
  }

  /** @param listener called once, when the session is lost without our doing */
  set onLost(listener: () => void) {
    this.#onLost = listener;
  }

  /**
   * Passes one line of a login on (RFC 4954 §4): AUTH, or the answer to a challenge.
   *
   * @returns the server's own reply: an outcome, or a 334 with its challenge
   * @throws UpstreamLost when it gave none
   */
  async login(line: string): Promise<SmtpReply> {
    try {
      const answer = this.expectOne();
      await this.write(`${line}\r\n`);
      const reply = await within(this.#deadlines.commandMs, 'answer to AUTH', answer);
      if (reply.code < 400 && !reply.isPositive && !isChallenge(reply)) {
        throw new UpstreamLost('its answer to AUTH is none');
      }
      this.#authenticated ||= reply.isPositive;
      return reply;
    } catch (error) {
      this.close();
      throw new UpstreamLost(messageOf(error), { cause: error });
    }
  }

  /** Places waiters for the next replies; call it before the commands are written. */
  expect(count: number): Promise<SmtpReply>[] {
    return this.#replies.expect(count);
  }

  /** As `expect`, for one. */
  expectOne(): Promise<SmtpReply> {
    return this.#replies.expectOne();
  }

  /** @throws UpstreamLost */
  assertAlive(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** @throws UpstreamLost when no block gets through within the limit */
  async write(octets: string | Buffer): Promise<void> {
    this.assertAlive();
    const block = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
    if (this.#socket.write(block)) return;
    await within(this.#deadlines.blockMs, 'progress', this.#drained());
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
        reject(this.#lost ?? new UpstreamLost('it closed the connection'));
      };
      socket.once('drain', drained);
      socket.once('close', closed);
    });
  }

  #takeOver(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.removeAllListeners('timeout');
    this.#socket.setTimeout(0);
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        this.#replies.push(chunk);
      } catch (error) {
        this.#lose(messageOf(error));
      }
    });
  }

  #lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = new UpstreamLost(reason);
    this.#replies.fail(this.#lost);
    this.#socket.destroy();
    this.#onLost();
  }

  /** Nothing more is said on it; an answer that is late is still heard, for so long. */
  linger(ms: number): void {
    this.#onLost = () => undefined;
    this.#isLeft = true;
    setTimeout(() => this.close(), ms).unref();
  }

  /** Ends the session between two messages, in words. */
  quit(): void {
    if (this.#isLeft) return;
    this.#onLost = () => undefined;
    if (this.#lost === undefined) this.#socket.end('QUIT\r\n');
    this.#lost ??= new UpstreamLost('we closed the connection');
    this.#replies.fail(this.#lost);
    setTimeout(() => this.close(), 5_000).unref();
  }

  /** Ends it at once: the server must not take what it has for a whole message. */
  close(): void {
    this.#onLost = () => undefined;
    this.#lose('we closed the connection');
    this.#connection.close();
  }
}
