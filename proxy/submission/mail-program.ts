import type { Socket } from 'node:net';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPServer, SMTPServerAuthentication } from 'smtp-server';
import { mirroredExtensions, passedMechanisms } from '../../shared/submission/ehlo.ts';
import { parseMail, parseRcpt, type EnvelopeCommand } from '../../shared/submission/envelope.ts';
import {
  commandSyntax,
  credentialsNotPassable,
  mechanismNotOffered,
  sequence,
  sessionRefused,
  tooManyRecipients,
  tooSlow,
  upstreamLostBetweenMessages,
} from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { RawDataStream, type ArrivingData } from './arriving-data.ts';
import { credentialsOf } from './credentials.ts';
import type { Relay } from './relay.ts';

const MAX_RECIPIENTS = 1000;

/** How long a mail program may be silent between two commands (RFC 5321 §4.5.3.2.7). */
export const IDLE_MS = 300_000;

type Done = () => void;

/**
 * The connection of one mail program. smtp-server carries it: lines, AUTH exchanges, idle time,
 * QUIT. What it does to an envelope is replaced here, because a relay must not do it (3.21.6;
 * look again 2027-06): it rewrites `xn--` domains, merges recipients that differ in case, takes
 * parameters apart and drops unknown ones, and greets after 100 ms whatever the way on is like.
 *
 * Departures: RFC 5321 §4.1.1.3, each recipient is told 250 before the submission server has
 * seen one, since the header section comes later; its answers come together, after the message.
 * RFC 4616 §2, a login on behalf of somebody else, or one that is not UTF-8, is not passed on.
 */
export class MailProgramConnection extends SMTPConnection {
  readonly #relay: Relay;
  readonly #blockMs: number;
  #greeted = false;
  #mail: EnvelopeCommand | undefined;
  #rcpt: EnvelopeCommand[] = [];
  #authReply: SmtpReply | undefined;
  #receiving = false;
  #hasReceived = false;

  constructor(
    server: SMTPServer,
    socket: Socket,
    options: SMTPConnectionOptions & { relay: Relay; blockMs: number },
  ) {
    super(server, socket, options);
    this.#relay = options.relay;
    this.#blockMs = options.blockMs;
  }

  override init(): void {
    this._setListeners(() => void this.#greet());
  }

  /** Whether a message is under way, which a stop waits for. */
  get isReceiving(): boolean {
    return this.#receiving;
  }

  async #greet(): Promise<void> {
    this._setClientHostname('');
    this._resetSession();
    this.#relay.whenSessionLost(() => this.#upstreamLost());
    const opened = await this.#relay.prove();
    if (this._closing || this._closed) return;

    this._ready = true;
    if (opened.kind === 'unproved') return this.reply(opened.reply);
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
    this._socket.write(Buffer.from(reply.toWire(), 'latin1'));
    if (reply.code === 421) this.close();
  }

  override _createParser(): RawDataStream {
    const parser = new RawDataStream({});
    parser.oncommand = (command, done) => this._onCommand(command, done);
    parser.on('error', (error) => this.send(421, error.message));
    return parser;
  }

  override _onCommand(command: Buffer, done?: Done): void {
    const refused = this._ready && !this.#greeted;
    // RFC 5321 §3.1: after a 554 greeting every command but QUIT is out of sequence.
    if (!refused || /^QUIT\b/i.test(command.toString('latin1'))) {
      super._onCommand(command, done);
    } else {
      this.reply(sessionRefused());
      setImmediate(() => done?.());
    }
  }

  override handler_EHLO(command: Buffer, done: Done): void {
    const [, name] = command.toString('latin1').trim().split(/\s+/);
    this.hostNameAppearsAs = (name ?? '[127.0.0.1]').slice(0, 255);
    this._resetSession();
    this.reply(new SmtpReply(250, '', [this.name, ...this.#extensions()]));
    done();
  }

  #extensions(): readonly string[] {
    return mirroredExtensions(this.#keywords()).filter(
      (extension) => !(this.session.user && extension.startsWith('AUTH ')),
    );
  }

  #keywords() {
    return this.#relay.session?.keywords ?? new Map<string, string>();
  }

  override handler_AUTH(command: Buffer, done: Done): void {
    const [, mechanism = ''] = command.toString('latin1').trim().toUpperCase().split(/\s+/);
    if (this.#mail !== undefined) {
      this.reply(sequence('RSET')); // RFC 4954 §4: not during a mail transaction
      done();
    } else if (passedMechanisms(this.#keywords()).some((passed) => passed === mechanism)) {
      super.handler_AUTH(command, done);
    } else {
      this.reply(mechanismNotOffered(this.#relay.host));
      done();
    }
  }

  /** Called by the server's `onAuth` once smtp-server has the credentials together. */
  async authenticate(auth: SMTPServerAuthentication): Promise<boolean> {
    const credentials = credentialsOf(auth);
    this.#authReply =
      credentials === undefined
        ? credentialsNotPassable()
        : await this.#relay.authenticate(credentials);
    return this.#authReply.isPositive;
  }

  /** smtp-server has words of its own for the end of AUTH; the server's are passed on instead. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const reply = this.#authReply;
    this.#authReply = undefined;
    if (reply === undefined) super.send(code, data, context);
    else this.reply(reply);
  }

  override _resetSession(): void {
    super._resetSession();
    this.#mail = undefined;
    this.#rcpt = [];
  }

  override handler_MAIL(command: Buffer, done: Done): void {
    const upstream = this.#relay.session;
    if (upstream === undefined || this.#relay.loginIsLost) {
      this.reply(upstreamLostBetweenMessages(this.#relay.host));
    } else if (this.#mail !== undefined) {
      this.reply(sequence('RSET'));
    } else {
      const parsed = parseMail(command.toString('latin1'), upstream);
      if (parsed.kind === 'command') this.#mail = parsed.command;
      this.reply(parsed.kind === 'command' ? new SmtpReply(250, '2.1.0', 'Ok') : parsed.reply);
    }
    done();
  }

  override handler_RCPT(command: Buffer, done: Done): void {
    const upstream = this.#relay.session;
    if (upstream === undefined || this.#mail === undefined) {
      this.reply(sequence('MAIL'));
    } else if (this.#rcpt.length >= MAX_RECIPIENTS) {
      this.reply(tooManyRecipients(MAX_RECIPIENTS));
    } else {
      const parsed = parseRcpt(command.toString('latin1'), upstream);
      if (parsed.kind === 'command') this.#rcpt.push(parsed.command);
      this.reply(parsed.kind === 'command' ? new SmtpReply(250, '2.1.5', 'Ok') : parsed.reply);
    }
    done();
  }

  override handler_DATA(command: Buffer, done: Done): void {
    const parser = this._parser;
    if (!/^DATA *$/i.test(command.toString('latin1'))) {
      this.reply(commandSyntax('DATA'));
    } else if (this.#mail === undefined || this.#rcpt.length === 0) {
      this.reply(sequence(this.#mail === undefined ? 'MAIL' : 'RCPT'));
    } else if (parser instanceof RawDataStream) {
      // Its clock stands while we hold it back: then it is not the mail program that is slow.
      const arriving = parser.startRawData((held) =>
        this._socket.setTimeout(held ? 0 : this.#blockMs),
      );
      this._dataStream = parser._dataStream; // tells smtp-server that a message is under way
      this.#receiving = true;
      this._socket.setTimeout(this.#blockMs);
      this.reply(new SmtpReply(354, '', 'End data with <CR><LF>.<CR><LF>'));
      void this.#receive({ mail: this.#mail, rcpt: this.#rcpt }, arriving);
      // Not at once: a second message in the same segment would end inside smtp-server's
      // continue(), which then forgets to go on after it (3.21.6; look again 2027-06).
      return void setImmediate(done);
    }
    done();
  }

  /** Between 354 and the final dot nothing is said: a reply there locks Thunderbird's window. */
  async #receive(
    envelope: { mail: EnvelopeCommand; rcpt: readonly EnvelopeCommand[] },
    { octets, over }: ArrivingData,
  ): Promise<void> {
    const reply = await this.#relay.submit({ envelope, octets });
    octets.destroy(); // what is still coming up to the final dot is read and thrown away
    await over;
    this.#receiving = false;
    this.#hasReceived = true;
    this._dataStream = false;
    if (!this._parser) return;
    this._resetSession();
    this._socket.setTimeout(IDLE_MS);
    this.reply(reply);
    if (this._server._closeTimeout) this.close();
    else this._parser.continue();
  }

  override _onTimeout(): void {
    const inData = this._parser && this._parser._dataMode;
    if (!inData) return super._onTimeout();
    this.reply(tooSlow());
    this.close();
  }

  override _onClose(): void {
    if (this._parser instanceof RawDataStream) this._parser.abort();
    this.#relay.close();
    super._onClose();
  }
}
