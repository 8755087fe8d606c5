import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { ArrivingMessage, type ArrivedMessage } from './arriving-message.ts';

/** A message that the sink took, with its envelope. */
export type SunkMessage = ArrivedMessage & {
  readonly recipients: number;
  /** MAIL had the parameter (RFC 8689 §4.1). */
  readonly requireTls: boolean;
};

export type SinkRules = {
  readonly tls: 'starttls' | 'implicit';
  readonly context: SecureContext;
  readonly login: string;
  /** Hash every message. */
  readonly hashed: boolean;
  readonly onMessage: (message: SunkMessage) => void;
  /** The client went away between DATA and the final dot. */
  readonly onAborted: () => void;
};

/** Whose RCPT is refused. */
export const REFUSED_LOCAL_PART = 'refused';

const EXTENSIONS = ['8BITMIME', 'SMTPUTF8', 'DSN', 'ENHANCEDSTATUSCODES', 'PIPELINING'];
const MAIL = /^MAIL FROM:<[^>]*>(?: .*)?$/i;
const RCPT = /^RCPT TO:<([^>]+)>(?: .*)?$/i;
const REQUIRETLS = / REQUIRETLS(?= |$)/i;

/**
 * One session of the sink. It keeps to the order of commands, so that a proxy that confuses two
 * transactions is found out and not measured. Replies to commands of one segment leave in one
 * write (RFC 2920 §3.2).
 */
export class SinkSession {
  readonly #rules: SinkRules;
  #socket: Socket;
  #secure = false;
  #loggedIn = false;
  #requireTls: boolean | undefined;
  #recipients = 0;
  #line = '';
  #message: ArrivingMessage | undefined;
  #replies: string[] = [];

  constructor(socket: Socket, rules: SinkRules) {
    this.#rules = rules;
    this.#socket = socket;
    if (rules.tls === 'implicit') {
      this.#startTls(() => this.#greet());
    } else {
      this.#listen(socket);
      this.#greet();
    }
  }

  #greet(): void {
    this.#say('220 sink.test ESMTP');
    this.#flush();
  }

  #startTls(secured: () => void): void {
    const { context } = this.#rules;
    const socket = new TLSSocket(this.#socket, { isServer: true, secureContext: context });
    socket.once('secure', secured);
    this.#secure = true;
    this.#socket = socket;
    this.#listen(socket);
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      // Text that came along with STARTTLS would be read as if it had come inside TLS.
      if (socket === this.#socket) this.#feed(chunk);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (socket === this.#socket && this.#message !== undefined) this.#rules.onAborted();
    });
  }

  #feed(chunk: Buffer): void {
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined && rest.length > 0) {
      rest = this.#message === undefined ? this.#commands(rest) : this.#content(rest);
    }
    this.#flush();
  }

  #content(chunk: Buffer): Buffer | undefined {
    const message = this.#message;
    const rest = message?.feed(chunk);
    if (message === undefined || rest === undefined) return undefined;

    this.#rules.onMessage({
      ...message.arrived(),
      recipients: this.#recipients,
      requireTls: this.#requireTls === true,
    });
    this.#message = undefined;
    this.#reset();
    this.#say('250 2.0.0 Ok: taken');
    return rest;
  }

  #commands(chunk: Buffer): Buffer | undefined {
    this.#line += chunk.toString('latin1');
    for (let end = this.#line.indexOf('\r\n'); end !== -1; end = this.#line.indexOf('\r\n')) {
      const command = this.#line.slice(0, end);
      this.#line = this.#line.slice(end + 2);
      this.#obey(command);
      if (this.#message !== undefined) {
        const rest = Buffer.from(this.#line, 'latin1');
        this.#line = '';
        return rest;
      }
    }
    return undefined;
  }

  #obey(command: string): void {
    const [verb = ''] = command.toUpperCase().split(' ', 1);
    switch (verb) {
      case 'EHLO':
        return this.#ehlo();
      case 'STARTTLS':
        return this.#starttls();
      case 'AUTH':
        return this.#auth(command);
      case 'MAIL':
        return this.#mail(command);
      case 'RCPT':
        return this.#rcpt(command);
      case 'DATA':
        return this.#data();
      case 'RSET':
        this.#reset();
        return this.#say('250 2.0.0 Ok');
      case 'QUIT':
        this.#say('221 2.0.0 Bye');
        this.#flush();
        this.#socket.end();
        return;
      default:
        return this.#say('500 5.5.2 Unknown command');
    }
  }

  #ehlo(): void {
    this.#reset();
    const words = this.#secure
      ? [...EXTENSIONS, 'AUTH PLAIN LOGIN', 'REQUIRETLS']
      : [...EXTENSIONS, 'STARTTLS'];
    const last = words.pop() ?? '';
    this.#say(['250-sink.test', ...words.map((word) => `250-${word}`), `250 ${last}`].join('\r\n'));
  }

  #starttls(): void {
    if (this.#secure) return this.#say('503 5.5.1 TLS is on already');
    this.#say('220 2.0.0 Ready');
    this.#flush();
    this.#line = '';
    this.#socket.removeAllListeners('data');
    this.#startTls(() => undefined);
  }

  #auth(command: string): void {
    if (!this.#secure) return this.#say('538 5.7.11 Encryption required');
    this.#loggedIn = command === `AUTH PLAIN ${this.#rules.login}`;
    this.#say(this.#loggedIn ? '235 2.7.0 Ok' : '535 5.7.8 Wrong credentials');
  }

  #mail(command: string): void {
    if (!this.#loggedIn) return this.#say('530 5.7.0 Authentication required');
    if (this.#requireTls !== undefined) return this.#say('503 5.5.1 Nested MAIL');
    if (!MAIL.test(command)) return this.#say('501 5.5.4 Syntax');
    this.#requireTls = REQUIRETLS.test(command);
    this.#say('250 2.1.0 Ok');
  }

  #rcpt(command: string): void {
    const [, address] = RCPT.exec(command) ?? [];
    if (this.#requireTls === undefined) return this.#say('503 5.5.1 MAIL first');
    if (address === undefined) return this.#say('501 5.5.4 Syntax');
    if (address.startsWith(`${REFUSED_LOCAL_PART}@`)) return this.#say('550 5.1.1 No such mailbox');
    this.#recipients += 1;
    this.#say('250 2.1.5 Ok');
  }

  #data(): void {
    if (this.#recipients === 0) return this.#say('503 5.5.1 No recipients');
    this.#message = new ArrivingMessage(this.#rules.hashed);
    this.#say('354 Go ahead');
  }

  #reset(): void {
    this.#requireTls = undefined;
    this.#recipients = 0;
  }

  #say(reply: string): void {
    this.#replies.push(`${reply}\r\n`);
  }

  #flush(): void {
    if (this.#replies.length === 0 || !this.#socket.writable) return;
    this.#socket.write(this.#replies.join(''));
    this.#replies = [];
  }
}
