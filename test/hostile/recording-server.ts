import tls, { type TLSSocket } from 'node:tls';
import { listeningPort } from '../listening-port.ts';
import { waitUntil } from '../wait-until.ts';
import { type Issued } from './issued-certificate.ts';
import { leaf } from './server-certificates.ts';

const certificate = await leaf();

/** One MAIL command and what came of it, in octets. */
export type Transaction = {
  readonly mail: string;
  readonly rcpt: string[];
  /** As it went over the wire, dots stuffed, without the final dot. */
  content: string;
  /** Whether the final dot came. */
  isWhole: boolean;
};

type Behaviour = {
  readonly offers?: readonly string[];
  /** The reply to the final dot; undefined says nothing. */
  readonly answer?: (transaction: Transaction) => string | undefined;
  readonly answerToLogin?: string;
  /** Hears everything and says nothing any more. */
  readonly isSilent?: boolean;
  /** Closes each connection as soon as the other side has its offer. */
  readonly closesAtOnce?: boolean;
};

type Change = Pick<Behaviour, 'offers' | 'isSilent' | 'closesAtOnce'> & {
  readonly certificate?: Issued;
};

const TAKEN = '250 2.0.0 queued';

/** A submission server that does everything right and writes down what it hears. */
export class RecordingServer {
  readonly port: number;
  readonly #server: tls.Server;
  readonly #recordings: Recording[];
  readonly #behaviour: Behaviour;

  private constructor(
    server: tls.Server,
    port: number,
    recordings: Recording[],
    behaviour: Behaviour,
  ) {
    this.#server = server;
    this.port = port;
    this.#recordings = recordings;
    this.#behaviour = behaviour;
  }

  static async start(wanted: Behaviour = {}): Promise<RecordingServer> {
    const behaviour = { ...wanted };
    const recordings: Recording[] = [];
    const server = tls.createServer({ ...certificate, noDelay: true }, (socket) => {
      recordings.push(new Recording(socket, behaviour));
    });
    server.on('tlsClientError', () => undefined);
    return new RecordingServer(server, await listeningPort(server), recordings, behaviour);
  }

  /** For all that it says from now on; a certificate for the connections to come. */
  change({ certificate: next, ...behaviour }: Change): void {
    Object.assign(this.#behaviour, behaviour);
    if (next !== undefined) this.#server.setSecureContext(next);
  }

  /** Ends all connections, and waits until the other side has seen it. */
  async loseAll(): Promise<void> {
    for (const recording of this.#recordings) recording.leave();
    await waitUntil(
      () => this.isLeft,
      5000,
      () => 'a connection does not end',
    );
  }

  get connections(): number {
    return this.#recordings.length;
  }

  /** Of all connections, in the order of the connections. */
  get transactions(): readonly Transaction[] {
    return this.#recordings.flatMap(({ transactions }) => transactions);
  }

  get messages(): readonly Transaction[] {
    return this.transactions.filter(({ isWhole }) => isWhole);
  }

  /** All that was said to it outside of messages, for each connection, in the order of these. */
  get commands(): readonly (readonly string[])[] {
    return this.#recordings.map(({ commands }) => commands);
  }

  /** The same as one list. */
  get said(): readonly string[] {
    return this.commands.flat();
  }

  get unknownCommands(): readonly string[] {
    return this.#recordings.flatMap(({ unknown }) => unknown);
  }

  /** Whether the proxy has let go of every connection. */
  get isLeft(): boolean {
    return this.#recordings.every(({ isOver }) => isOver);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const recording of this.#recordings) recording.end();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Recording {
  readonly transactions: Transaction[] = [];
  readonly unknown: string[] = [];
  readonly commands: string[] = [];
  isOver = false;
  readonly #socket: TLSSocket;
  readonly #behaviour: Behaviour;
  #unread = '';
  #searched = 0;
  #inData = false;

  constructor(socket: TLSSocket, behaviour: Behaviour) {
    this.#socket = socket;
    this.#behaviour = behaviour;
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) socket.on(event, () => (this.isOver = true));
    socket.on('data', (chunk: Buffer) => this.#hear(chunk.toString('latin1')));
    socket.write('220 submission.example ESMTP\r\n');
  }

  end(): void {
    this.#socket.destroy();
  }

  leave(): void {
    this.#socket.end();
  }

  #hear(octets: string): void {
    this.#unread += octets;
    for (;;) {
      const mark = this.#inData ? '\r\n.\r\n' : '\r\n';
      const end = this.#unread.indexOf(mark, this.#searched);
      if (end === -1) {
        this.#searched = Math.max(0, this.#unread.length - mark.length);
        const transaction = this.transactions.at(-1);
        if (this.#inData && transaction !== undefined) transaction.content = this.#unread.slice(2);
        return;
      }
      const heard = this.#unread.slice(0, end);
      this.#searched = 0;
      this.#unread = this.#unread.slice(end + mark.length);
      if (this.#inData) this.#messageTaken(`${heard}\r\n`.slice(2));
      else this.#say(this.#replyTo(heard));
    }
  }

  #say(reply: string | undefined): void {
    if (reply !== undefined) this.#socket.write(`${reply}\r\n`);
  }

  #messageTaken(content: string): void {
    this.#inData = false;
    const transaction = this.transactions.at(-1);
    if (transaction === undefined) throw new Error('DATA without MAIL');
    transaction.content = content;
    transaction.isWhole = true;
    const { answer } = this.#behaviour;
    this.#say(answer === undefined ? TAKEN : answer(transaction));
  }

  #replyTo(line: string): string | undefined {
    this.commands.push(line);
    if (this.#behaviour.isSilent === true) return undefined;
    const [verb = ''] = line.split(' ');
    switch (verb) {
      case 'EHLO': {
        if (this.#behaviour.closesAtOnce === true) setImmediate(() => this.leave());
        const lines = ['submission.example', ...(this.#behaviour.offers ?? [])];
        return [...lines.map((offer) => `250-${offer}`), '250 PIPELINING'].join('\r\n');
      }
      case 'AUTH':
        return this.#behaviour.answerToLogin ?? '235 2.7.0 welcome';
      case 'MAIL':
        this.transactions.push({ mail: line, rcpt: [], content: '', isWhole: false });
        return '250 2.1.0 Ok';
      case 'RCPT':
        this.transactions.at(-1)?.rcpt.push(line);
        return '250 2.1.5 Ok';
      case 'DATA':
        this.#inData = true;
        this.#unread = `\r\n${this.#unread}`; // a message may begin with its final dot
        return '354 go ahead';
      case 'QUIT':
        setImmediate(() => this.#socket.end());
        return '221 2.0.0 bye';
      case 'RSET':
      case 'NOOP':
        return '250 2.0.0 Ok';
      default:
        this.unknown.push(line);
        return '500 5.5.1 what?';
    }
  }
}
