import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Longer than any deadline of these tests. */
const REPLY_MS = 8000;

/** For so long nothing has to be taken, at each of so many looks, to be held back. */
const STILL_MS = 500;
const STILL_POLLS = 10;

/** A mail program that waits for each reply, and takes it as a fault when none comes. */
export class MailProgram {
  readonly #socket: Socket;
  #octets = '';
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#octets += chunk.toString('latin1');
      this.#wake();
    });
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
  }

  static async connect(port: number): Promise<MailProgram> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const mailProgram = new MailProgram(socket);
    await once(socket, 'connect');
    return mailProgram;
  }

  /** Says octets, without waiting for anything. */
  say(octets: string | Buffer): void {
    this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets);
  }

  /** Says a command and waits for the reply to it. */
  async ask(command: string): Promise<string> {
    this.say(`${command}\r\n`);
    return await this.reply(command);
  }

  /**
   * The next reply, all its lines with their CRLF.
   *
   * @throws Error when the connection ends without one, or none comes
   */
  async reply(to: string): Promise<string> {
    const deadline = performance.now() + REPLY_MS;
    for (;;) {
      const [reply] = /^(?:[2-5]\d\d-[^\r\n]*\r\n)*[2-5]\d\d [^\r\n]*\r\n/.exec(this.#octets) ?? [];
      if (reply !== undefined) {
        this.#octets = this.#octets.slice(reply.length);
        return reply;
      }
      if (this.#ended) {
        throw new Error(`no reply to ${to} but the end, after ${JSON.stringify(this.#octets)}`);
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`no reply to ${to} within ${REPLY_MS} ms`);
      await this.#woken(leftMs);
    }
  }

  /** @throws Error when something else than the end comes */
  async end(): Promise<void> {
    const deadline = performance.now() + REPLY_MS;
    while (!this.#ended && performance.now() < deadline) await this.#woken(REPLY_MS);
    if (!this.#ended) throw new Error('the connection is left open');
    if (this.#octets !== '') throw new Error(`one reply too many: ${JSON.stringify(this.#octets)}`);
  }

  async #woken(limitMs: number): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      late = setTimeout(resolve, limitMs);
    });
    clearTimeout(late);
  }

  /** Comes back when nothing that was said is taken any more, all of it or not. */
  async heldBack(): Promise<void> {
    let before = Infinity;
    for (let still = 0; still < STILL_POLLS;) {
      await pause(STILL_MS / STILL_POLLS);
      still = this.#socket.writableLength < before ? 0 : still + 1;
      before = this.#socket.writableLength;
    }
  }

  /** Goes away in order, or with a reset. */
  leave(how: 'FIN' | 'RST'): void {
    if (how === 'FIN') this.#socket.end();
    else this.#socket.resetAndDestroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
