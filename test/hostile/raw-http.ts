import { once } from 'node:events';
import net from 'node:net';

/** What came back: as it stood on the wire, and taken apart. */
export type RawAnswer = {
  readonly octets: string;
  readonly status: number | undefined;
  /** Names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A connection on which a test says what it likes, and hears all until the other side closes. */
export class RawHttp implements Disposable {
  readonly socket: net.Socket;
  readonly #ended: Promise<unknown>;
  #octets = '';

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (octets: string) => (this.#octets += octets));
    socket.on('error', () => undefined); // a reset ends it as well
    this.#ended = new Promise((resolve) => socket.once('close', resolve));
  }

  static async connect(port: number): Promise<RawHttp> {
    const socket = net.connect(port, '127.0.0.1');
    const connection = new RawHttp(socket);
    await once(socket, 'connect');
    return connection;
  }

  say(octets: string): void {
    if (this.socket.writable) this.socket.write(octets, 'latin1');
  }

  /** What was heard so far. */
  get heard(): string {
    return this.#octets;
  }

  /** All of it, once the other side has closed. The test's own limit ends the waiting. */
  async answer(): Promise<RawAnswer> {
    await this.#ended;
    return answerIn(this.#octets);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Says it on a connection of its own. */
export async function sayHttp(port: number, octets: string): Promise<RawAnswer> {
  using connection = await RawHttp.connect(port);
  connection.say(octets);
  return await connection.answer();
}

function answerIn(octets: string): RawAnswer {
  const end = octets.indexOf('\r\n\r\n');
  const [first = '', ...lines] = octets.slice(0, Math.max(end, 0)).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3})/.exec(first)?.[1];
  const fields = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return {
    octets,
    status: status === undefined ? undefined : Number(status),
    fields,
    body: end === -1 ? '' : octets.slice(end + 4),
  };
}

/** A whole request, right in all that `changed` does not change; undefined leaves a field out. */
export function request(
  port: number,
  changed: {
    readonly method?: string;
    readonly target?: string;
    readonly version?: string;
    readonly fields?: Readonly<Record<string, string | undefined>>;
    readonly body?: string;
  } = {},
): string {
  const { method = 'POST', target = '/v1/challenge', version = 'HTTP/1.1', body = '{}' } = changed;
  const fields = {
    Host: `127.0.0.1:${port}`,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...changed.fields,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`${method} ${target} ${version}`, ...lines, '', body].join('\r\n');
}
