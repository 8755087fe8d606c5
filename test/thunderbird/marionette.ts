import net from 'node:net';

/** What can cross the wire in either direction. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A command may never be answered, one that meets a dialog as it opens for one. */
const ANSWER_LIMIT_MS = 15_000;

type Waiting = {
  readonly command: string;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: unknown) => void;
  readonly reject: (fault: Error) => void;
};

/**
 * A client for Marionette, the remote control built into Thunderbird. Playwright and WebDriver
 * BiDi cannot drive Thunderbird (153; look again 2027-06).
 *
 * The protocol: each side writes `LENGTH:JSON`, the length in octets. We send
 * `[0, id, command, parameters]` and get `[1, id, error, result]`.
 */
export class Marionette implements Disposable {
  readonly #socket: net.Socket;
  readonly #waiting = new Map<number, Waiting>();
  #arrived: Buffer = Buffer.alloc(0);
  #lastId = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (octets) => this.#read(octets));
    socket.on('error', (fault) => this.#giveUp(fault));
    socket.on('close', () => this.#giveUp(new Error('Thunderbird closed the remote control')));
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Marionette(socket);
  }

  /** Starts the one session there can be, in the context of Thunderbird's own windows. */
  async startSession(): Promise<void> {
    // A dialog is what many tests wait for, so Marionette must not close it on its own.
    await this.send('WebDriver:NewSession', {
      unhandledPromptBehavior: 'ignore',
      timeouts: { script: 30_000 },
    });
    await this.send('Marionette:SetContext', { value: 'chrome' });
  }

  async send(command: string, parameters: { readonly [key: string]: Json } = {}): Promise<unknown> {
    if (this.#socket.destroyed) throw new Error(`${command}: Thunderbird is not connected`);
    this.#lastId += 1;
    const id = this.#lastId;
    const frame = Buffer.from(JSON.stringify([0, id, command, parameters]));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${command}: no answer within ${ANSWER_LIMIT_MS / 1000} s`));
      }, ANSWER_LIMIT_MS);
      this.#waiting.set(id, { command, timer, resolve, reject });
      this.#socket.write(Buffer.concat([Buffer.from(`${frame.length}:`), frame]));
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(octets: Buffer): void {
    this.#arrived = Buffer.concat([this.#arrived, octets]);
    for (;;) {
      const colon = this.#arrived.indexOf(':');
      const end = colon + 1 + Number(this.#arrived.toString('latin1', 0, Math.max(colon, 0)));
      if (colon < 0 || this.#arrived.length < end) return;
      const frame: unknown = JSON.parse(this.#arrived.toString('utf8', colon + 1, end));
      this.#arrived = this.#arrived.subarray(end);
      // The first frame is Marionette's greeting, which is no array and answers nothing.
      if (Array.isArray(frame)) this.#settle(frame);
    }
  }

  #settle([, id, error, result]: readonly unknown[]): void {
    const waiting = this.#waiting.get(Number(id));
    if (waiting === undefined) return;
    this.#waiting.delete(Number(id));
    clearTimeout(waiting.timer);
    if (error === null) return waiting.resolve(result);
    waiting.reject(new Error(`${waiting.command}: ${JSON.stringify(error)}`));
  }

  #giveUp(fault: Error): void {
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(fault);
    }
    this.#waiting.clear();
  }
}
