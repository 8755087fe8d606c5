import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** How long a side waits for the other one's next line. */
const LINE_MS = 3000;

/** Longer than loopback and an event loop need; what is waited for cannot be seen from here. */
const PAUSE_MS = 100;

/** One side of a session: what it says, and what it must hear, line by line. */
export type Script = {
  /** `C` or `S`: whose lines are said; the others' are expected. */
  readonly as: 'C' | 'S';
  /**
   * `C: …` and `S: …`, one line each, without CRLF. Besides: `close` ends the connection in
   * order, `reset` breaks it, `closed` expects its end, `TLS` is for `onTls`, and `pause` lets
   * the other side's last words arrive. `\\r` and `\\n` in a line are a
   * CR and an LF.
   */
  readonly text: string;
  /** Changes to TLS at the line `TLS` and says over which socket to go on. */
  readonly onTls?: (socket: Socket) => Promise<Socket>;
};

/**
 * Plays one side over a socket to the end of the script. Any line that is not expected fails
 * it, also one after the last.
 *
 * @throws Error that shows the script up to where it was left
 */
export async function play(socket: Socket, { as, text, onTls }: Script): Promise<void> {
  const tcp = socket;
  let lines = new Lines(socket);
  const script = scriptLines(text);
  for (const [at, line] of script.entries()) {
    const wrong = (heard: string) => {
      const before = script.slice(0, at).join('\n    ');
      return new Error(`${as} expected "${line}" and got ${heard} after\n    ${before}`);
    };
    const [speaker] = line;
    if (line === 'close') return void socket.end();
    if (line === 'reset') return void tcp.resetAndDestroy();
    if (line === 'closed') {
      const heard = await lines.next();
      if (heard !== undefined) throw wrong(JSON.stringify(heard));
    } else if (line === 'pause') {
      await setTimeout(PAUSE_MS);
    } else if (line === 'TLS') {
      if (onTls === undefined) throw new Error('this script has no TLS');
      lines.stop();
      socket = await onTls(socket);
      lines = new Lines(socket);
    } else if (speaker === as) {
      const octets = line.slice(3).replaceAll('\\r', '\r').replaceAll('\\n', '\n');
      socket.write(Buffer.from(`${octets}\r\n`, 'latin1'));
    } else {
      const heard = await lines.next();
      if (heard !== line.slice(3))
        throw wrong(heard === undefined ? 'the end' : JSON.stringify(heard));
    }
  }
  const more = await lines.next();
  if (more !== undefined)
    throw new Error(`${as} had come to the end and got ${JSON.stringify(more)}`);
}

function scriptLines(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trimStart().replace(/^([CS]):$/, '$1: '))
    .filter((line) => line !== '');
  const odd = lines.find((line) => !/^(?:[CS]: |close$|closed$|reset$|pause$|TLS$)/.test(line));
  if (odd !== undefined) throw new Error(`a script has no line such as "${odd}"`);
  return lines;
}

/** What a socket receives, by line. */
class Lines {
  readonly #socket: Socket;
  #octets = '';
  #ended = false;
  #wake: () => void = () => undefined;
  readonly #onData = (chunk: Buffer) => {
    this.#octets += chunk.toString('latin1');
    this.#wake();
  };
  readonly #onEnd = () => {
    this.#ended = true;
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    if (socket.destroyed) this.#ended = true;
    socket.on('data', this.#onData);
    for (const event of ['end', 'close', 'error']) socket.on(event, this.#onEnd);
  }

  stop(): void {
    this.#socket.off('data', this.#onData);
    for (const event of ['end', 'close']) this.#socket.off(event, this.#onEnd);
  }

  /** @returns the next line without CRLF; undefined at the end of the connection */
  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#octets.indexOf('\r\n');
      if (end !== -1) {
        const line = this.#octets.slice(0, end);
        this.#octets = this.#octets.slice(end + 2);
        return line;
      }
      if (this.#ended) return this.#octets === '' ? undefined : this.#octets;
      await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = globalThis.setTimeout(
        () => reject(new Error(`no line within ${LINE_MS} ms`)),
        LINE_MS,
      );
      this.#wake = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
