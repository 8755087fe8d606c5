import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPServer } from 'smtp-server';
import { mirroredExtensions, sizeLimitOctets } from '../../shared/submission/ehlo.ts';
import type { Envelope, Receiver } from '../../shared/submission/envelope.ts';
import {
  idleTooLong,
  loginNeeded,
  messageTooLarge,
  noLoginToAskFor,
  notSmtp,
  sequence,
  sessionRefused,
  shuttingDown,
  tooManyConnections,
  tooSlow,
  upstreamLostBetweenMessages,
} from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { RawDataStream, type ArrivingData, type SizeLimit } from './arriving-data.ts';
import { HeldEnvelope } from './held-envelope.ts';
import type { ListenerLimits } from './listener-limits.ts';
import { LoginExchange, type LoginStep } from './login-exchange.ts';
import type { Relay } from './relay.ts';

/** How long a mail program may take for a command (RFC 5321 §4.5.3.2.7). */
const COMMAND_MS = 300_000;

/** Commands after a refused greeting. */
const MAX_AFTER_REFUSAL = 10;

/** A program that speaks HTTP, of any version: a web page may have sent it here. */
const HTTP = /^(?:OPTIONS|GET|HEAD|POST|PUT|DELETE|TRACE|CONNECT|PATCH|PRI)(?: |$)|\bHTTP\/\d/i;

const GO_AHEAD = new SmtpReply(354, '', 'End data with <CR><LF>.<CR><LF>');

type Done = () => void;

export type MailProgramOptions = SMTPConnectionOptions & {
  readonly relay: Relay;
  readonly limits: ListenerLimits;
  /** How long a block of the message may take to arrive. */
  readonly blockMs: number;
  /** Whether only those who log in may send: other computers can reach the listener. */
  readonly needsLogin: boolean;
};

/**
 * The connection of one mail program. smtp-server carries it: lines, the order of commands, HELO,
 * RSET, NOOP, QUIT. What a relay must not do is replaced here (3.21.6; look again 2027-06):
 * - it greets after 100 ms whatever the way on is like;
 * - its AUTH reads the credentials, changes what is not UTF-8, and answers in its own words;
 * - it rewrites `xn--` domains, merges recipients that differ in case, and drops parameters;
 * - its clock starts again with each octet, so that a drip holds a connection for ever.
 */
export class MailProgramConnection extends SMTPConnection {
  readonly #relay: Relay;
  readonly #limits: ListenerLimits;
  readonly #blockMs: number;
  readonly #needsLogin: boolean;
  readonly #envelope = new HeldEnvelope();
  readonly #login: LoginExchange;
  #greeted = false;
  #receiving = false;
  #hasReceived = false;
  #saidAfterRefusal = 0;
  #isLeft = false;
  #isLoggingIn = false;
  #clock: NodeJS.Timeout | undefined;

  constructor(server: SMTPServer, socket: Socket, options: MailProgramOptions) {
    super(server, socket, options);
    this.#relay = options.relay;
    this.#limits = options.limits;
    this.#blockMs = options.blockMs;
    this.#needsLogin = options.needsLogin;
    this.#login = new LoginExchange(options.relay, options.limits);
  }

  override init(): void {
    const admitted = this.#limits.admit();
    this._setListeners(() => {
      if (admitted) void this.#greet();
      else this.#refuse(tooManyConnections());
    });
  }

  /** Whether a message or a login is under way, which a stop waits for. */
  get isBusy(): boolean {
    return this.#receiving || this.#isLoggingIn;
  }

  /** Whether it has sent a message, and no other one is begun: then 421 makes it connect anew. */
  get isBetweenMessages(): boolean {
    return this.#hasReceived && !this.isBusy && !this.#envelope.isBegun;
  }

  /** Whether it makes room when all places are taken: nobody logged in, and no message came. */
  get isIdleStranger(): boolean {
    return !this.#receiving && !this.#hasReceived && !this.#login.isLoggedIn;
  }

  /** Makes room for another. */
  turnOut(): void {
    this.#leave();
    this.#refuse(tooManyConnections());
  }

  async #greet(): Promise<void> {
    this._setClientHostname('');
    this._resetSession();
    this.#relay.whenSessionLost(() => this.#upstreamLost());
    const waitMs = this.#limits.connectionWaitMs;
    if (waitMs > 0) await wait(waitMs);
    if (this._closing || this._closed) return;
    const opened = await this.#relay.prove();
    if (this._closing || this._closed) return;
    if (this.#parser?.hasReceived === true) return this.#refuse(notSmtp(this.secure));

    this._ready = true;
    this.#allow(COMMAND_MS);
    if (opened.kind === 'unproved') return this.reply(opened.reply);
    if (this.#needsLogin && !opened.session.keywords.has('AUTH')) {
      return this.#refuse(noLoginToAskFor(this.#relay.host));
    }
    this.#greeted = true;
    this._sendGreeting();
  }

  /**
   * Idle after a message, the mail program hears of it at once, and connects again without a
   * dialog. Before its first one it hears of it at MAIL: Thunderbird takes a close that comes
   * along with the answer to AUTH for a wrong password (153; look again 2027-06).
   */
  #upstreamLost(): void {
    if (this.#receiving || !this.#hasReceived || !this.#relay.loginIsLost) return;
    this.reply(upstreamLostBetweenMessages(this.#relay.host));
  }

  /** Octets, unlike `send`, which replaces each one above 127 that is part of a character. */
  reply(reply: SmtpReply): void {
    if (this._socket.destroyed || !this._socket.writable) return;
    this._socket.write(reply.toWire(), 'latin1');
    if (reply.code === 421) this.close();
    else if (this._ready) this.#allow(COMMAND_MS); // also to read it
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    super.send(code, data, context);
    if (this._ready) this.#allow(COMMAND_MS);
  }

  #answer(reply: SmtpReply): void {
    if (reply.code < 400) this.reply(reply);
    else this.#refuse(reply);
  }

  /** A refusal of ours before a message is under way; a message's own is logged with it. */
  #refuse(reply: SmtpReply): void {
    this.#relay.logRefusal(reply);
    this.reply(reply);
  }

  get #parser(): RawDataStream | undefined {
    return this._parser instanceof RawDataStream ? this._parser : undefined;
  }

  override _createParser(): RawDataStream {
    const parser = new RawDataStream({});
    parser.oncommand = (command, done) => this._onCommand(command, done);
    parser.on('error', (error) => this.send(421, error.message));
    return parser;
  }

  override _onCommand(command: Buffer, done?: Done): void {
    const line = command.toString('latin1');
    const isCommand = this._nextHandler === false;
    if (!this._ready || (isCommand && HTTP.test(line))) return this.#refuse(notSmtp(this.secure));
    // RFC 5321 §3.1: after a 554 greeting every command but QUIT is out of sequence.
    if (!this.#greeted && !/^QUIT\b/i.test(line)) return this.#afterRefusal(done);
    this.#allow(undefined);
    super._onCommand(command, () => {
      if (!this.#receiving) this.#allow(COMMAND_MS);
      done?.();
    });
  }

  #afterRefusal(done?: Done): void {
    this.#saidAfterRefusal += 1;
    this.reply(sessionRefused());
    if (this.#saidAfterRefusal >= MAX_AFTER_REFUSAL) return this.close();
    this._whenWritable(() => setImmediate(() => done?.()));
  }

  override handler_EHLO(command: Buffer, done: Done): void {
    const [, name] = command.toString('latin1').trim().split(/\s+/);
    this.hostNameAppearsAs = (name ?? '[127.0.0.1]').slice(0, 255);
    this._resetSession();
    this.reply(new SmtpReply(250, '', [this.name, ...this.#extensions()]));
    done();
  }

  #extensions(): readonly string[] {
    const { keywords, overTls } = this.#receiver;
    return mirroredExtensions(keywords, overTls).filter(
      (extension) => !(this.#login.isLoggedIn && extension.startsWith('AUTH ')),
    );
  }

  get #receiver(): Receiver {
    const { host, session } = this.#relay;
    return { host, keywords: session?.keywords ?? new Map<string, string>(), overTls: this.secure };
  }

  override handler_AUTH(command: Buffer, done: Done): void {
    if (this.#envelope.isBegun) {
      this.#refuse(sequence('RSET')); // RFC 4954 §4: not during a mail transaction
      return done();
    }
    const line = command.toString('latin1');
    this.#isLoggingIn = true;
    void this.#loggingIn(this.#login.begin(line, this.#receiver)).finally(done);
  }

  async #loggingIn(step: Promise<LoginStep>): Promise<void> {
    const taken = await step;
    this.#isLoggingIn = taken.kind === 'answered' && taken.reply.code === 334;
    if (taken.kind === 'refused') {
      this.#refuse(taken.reply);
      if (taken.isLast) this.close();
      return;
    }
    if (taken.reply.code === 334) {
      this._nextHandler = (line: Buffer, done: Done) =>
        void this.#loggingIn(this.#login.answerChallenge(line.toString('latin1'))).finally(done);
    }
    this.reply(taken.reply);
    if (this._server._closeTimeout && !this.#isLoggingIn) this.close();
  }

  override _resetSession(): void {
    super._resetSession();
    this.#envelope.clear();
  }

  override handler_MAIL(command: Buffer, done: Done): void {
    if (this.#relay.session === undefined || this.#relay.loginIsLost) {
      this.reply(upstreamLostBetweenMessages(this.#relay.host));
    } else if (this.#needsLogin && !this.#login.isLoggedIn) {
      this.#refuse(loginNeeded());
    } else {
      this.#answer(this.#envelope.takeMail(command.toString('latin1'), this.#receiver));
    }
    done();
  }

  override handler_RCPT(command: Buffer, done: Done): void {
    this.#answer(this.#envelope.takeRcpt(command.toString('latin1'), this.#receiver));
    done();
  }

  override handler_DATA(command: Buffer, done: Done): void {
    const envelope = this.#envelope.takeData(command.toString('latin1'));
    const parser = this.#parser;
    if (envelope instanceof SmtpReply || parser === undefined) {
      if (envelope instanceof SmtpReply) this.#refuse(envelope);
      return done();
    }
    // Its clock stands while we hold it back: then it is not the mail program that is slow.
    const arriving = parser.startRawData(
      (pace) => this.#allow(pace === 'held' ? undefined : this.#blockMs),
      this.#sizeLimit,
    );
    this._dataStream = parser._dataStream; // tells smtp-server that a message is under way
    this.#receiving = true;
    this.reply(GO_AHEAD);
    this.#allow(this.#blockMs);
    void this.#receive(envelope, arriving);
    // Not at once: a second message in the same segment would end inside smtp-server's
    // continue(), which then forgets to go on after it (3.21.6; look again 2027-06).
    setImmediate(done);
  }

  get #sizeLimit(): SizeLimit | undefined {
    const { host, keywords } = this.#receiver;
    const octets = sizeLimitOctets(keywords);
    return octets === undefined ? undefined : { octets, reply: messageTooLarge(host, octets) };
  }

  /** Between 354 and the final dot nothing is said: a reply there locks Thunderbird's window. */
  async #receive(envelope: Envelope, { octets, over }: ArrivingData): Promise<void> {
    const reply = await this.#relay.submit({ envelope, octets });
    octets.destroy(); // what is still coming up to the final dot is read and thrown away
    await over;
    this.#receiving = false;
    this.#hasReceived = true;
    this._dataStream = false;
    if (!this._parser) return;
    this._resetSession();
    this.#allow(COMMAND_MS);
    this.reply(reply);
    if (this._server._closeTimeout) this.reply(shuttingDown());
    else this._parser.continue();
  }

  /** Ours is the clock: it is not started again by single octets. */
  override _armTimeout(): void {
    this._socket.setTimeout(0);
  }

  /** @param ms how long the mail program may take; undefined while it waits for us */
  #allow(ms: number | undefined): void {
    clearTimeout(this.#clock);
    if (ms === undefined || this._closing || this._closed) return;
    this.#clock = setTimeout(() => this.#late(), ms);
  }

  #late(): void {
    this.#refuse(this.#receiving ? tooSlow() : idleTooLong());
    this.close();
  }

  #leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#limits.left(this.#hasReceived || this.#login.isLoggedIn);
  }

  override _onClose(): void {
    this.#leave();
    this.#allow(undefined);
    this.#parser?.abort();
    this.#relay.close();
    super._onClose();
  }
}
