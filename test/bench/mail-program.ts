import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ComposeWindow } from './compose-window.ts';
import { initialResponse } from './login.ts';

/** How somebody sends: to whom, with which TLS, and whether they log in. */
export type Way = {
  readonly port: number;
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly login: boolean;
  /** The authority that is trusted, PEM. */
  readonly ca: string;
  /** In which each message is written, before the clock starts. */
  readonly composeWindow?: ComposeWindow;
};

/** As Thunderbird writes a file. */
const BLOCK_OCTETS = 64 * 1024;

/** Longer than anything measured: it ends a run that hangs. */
const SILENCE_MS = 120_000;

/**
 * A mail program as Thunderbird is one: one command at a time, AUTH PLAIN with its initial
 * response, the final dot in a write of its own. Like Thunderbird it does not use PIPELINING.
 */
export class MailProgram {
  #socket: Socket;
  #read = '';
  #wake: () => void = () => undefined;
  #lost: Error | undefined;
  #hasQuit = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Connects, proves TLS where it is used, and logs in. */
  static async connected(way: Way): Promise<MailProgram> {
    const at = { host: '127.0.0.1', port: way.port };
    const program = new MailProgram(
      way.tls === 'implicit'
        ? connectTls({ ...at, servername: 'localhost', ca: way.ca })
        : connect(at),
    );
    try {
      await program.#reply('220', 'greeting');
      await program.say('EHLO [127.0.0.1]', '250');
      if (way.tls === 'starttls') await program.#starttls(way.ca);
      if (way.login) await program.say(`AUTH PLAIN ${initialResponse()}`, '235');
      return program;
    } catch (error) {
      program.vanish();
      throw error;
    }
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true); // as an option it is lost on the way to a TLS socket
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error('nothing moved')));
    socket.on('data', (chunk: Buffer) => {
      this.#read += chunk.toString('latin1');
      this.#wake();
    });
    const lose = (error: Error) => {
      if (socket !== this.#socket) return;
      this.#lost ??= error;
      this.#wake();
    };
    socket.on('error', lose);
    socket.on('close', () => lose(new Error('the connection was closed')));
  }

  async #starttls(ca: string): Promise<void> {
    await this.say('STARTTLS', '220');
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.setTimeout(0);
    const secured: TLSSocket = connectTls({ socket: plain, servername: 'localhost', ca });
    this.#socket = secured;
    this.#listen(secured);
    await this.say('EHLO [127.0.0.1]', '250');
  }

  /** @returns the whole reply; @throws Error when it has another code */
  async say(command: string, code: string): Promise<string> {
    this.#socket.write(`${command}\r\n`);
    return await this.#reply(code, command.split(' ', 1)[0] ?? command);
  }

  async #reply(code: string, to: string): Promise<string> {
    while (!isWhole(this.#read)) {
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const reply = this.#read;
    this.#read = '';
    if (!reply.startsWith(code)) throw new Error(`${to}: ${reply.trimEnd()}`);
    return reply;
  }

  /** @returns the reply to DATA's final dot */
  async send(envelope: Envelope, wire: Buffer, code = '250'): Promise<string> {
    await this.beginData(envelope);
    await this.write(wire);
    return await this.say('.', code);
  }

  /** MAIL, RCPT and DATA, one by one. */
  async beginData({ mail, recipients }: Envelope): Promise<void> {
    await this.say(`MAIL FROM:<${mail}>`, '250');
    for (const recipient of recipients) await this.say(`RCPT TO:<${recipient}>`, '250');
    await this.say('DATA', '354');
  }

  /** At the pace that the server takes it. */
  async write(wire: Buffer): Promise<void> {
    for (let at = 0; at < wire.length; at += BLOCK_OCTETS) {
      const goesOn = this.#socket.write(wire.subarray(at, at + BLOCK_OCTETS));
      if (goesOn) continue;
      const gone = new AbortController();
      const closed = once(this.#socket, 'close', gone);
      await Promise.race([once(this.#socket, 'drain', gone), closed]).finally(() => gone.abort());
      if (this.#lost !== undefined) throw this.#lost;
    }
  }

  quit(): void {
    if (this.#socket.writable) this.#socket.end('QUIT\r\n');
    this.#hasQuit = true;
  }

  /** Writes the last that it will ever say, and closes once that is on its way. */
  async finish(last: string): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.end(last, resolve));
  }

  /** Closes without a word. */
  vanish(): void {
    this.#socket.destroy();
  }

  vanishUnlessQuit(): void {
    if (!this.#hasQuit) this.vanish();
  }
}

/** RFC 5321 §4.2.1: the last line of a reply has no hyphen behind its code. */
function isWhole(read: string): boolean {
  if (!read.endsWith('\r\n')) return false;
  const lastLine = read.lastIndexOf('\n', read.length - 2) + 1;
  return read[lastLine + 3] !== '-';
}

export type Envelope = { readonly mail: string; readonly recipients: readonly string[] };
