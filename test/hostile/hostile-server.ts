import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { deferred } from '../deferred.ts';
import { listeningPort } from '../listening-port.ts';
import type { TlsMode } from '../protocol/relayed-session.ts';
import type { Issued } from './issued-certificate.ts';
import { rightReply, STATES, type State } from './server-state.ts';

/** What a fault has to work with. */
export type Attacked = {
  readonly state: State;
  /** As it is in this state: inside TLS or not. */
  readonly socket: Socket;
  readonly tcp: Socket;
  /** What would have been right to say. */
  readonly right: string;
  /** What would be right to say to the commands that follow, up to the end of the message. */
  readonly following: string;
};

/** What a server should not do, once. */
export type Fault = {
  readonly does: (attacked: Attacked) => void;
  /** Whether it does everything right again afterwards, as if nothing had been. */
  readonly goesOn: boolean;
};

type Behaviour = {
  readonly mode: TlsMode;
  readonly pipelining: boolean;
  readonly certificate: Issued;
  readonly at: State;
  readonly fault: Fault;
};

/** A submission server that does everything right up to one state, and then what the fault is. */
export class HostileServer {
  readonly port: number;
  /** Resolves when the fault has been done. */
  readonly attacked: Promise<void>;
  readonly #server: net.Server;
  readonly #conversations: Conversation[];

  private constructor(
    server: net.Server,
    port: number,
    conversations: Conversation[],
    attacked: Promise<void>,
  ) {
    this.#server = server;
    this.port = port;
    this.#conversations = conversations;
    this.attacked = attacked;
  }

  static async start(behaviour: Behaviour): Promise<HostileServer> {
    const conversations: Conversation[] = [];
    const attacked = deferred();
    const server = net.createServer((tcp) => {
      conversations.push(new Conversation(tcp, behaviour, attacked.resolve));
    });
    const port = await listeningPort(server);
    return new HostileServer(server, port, conversations, attacked.promise);
  }

  get connections(): number {
    return this.#conversations.length;
  }

  /** Whether the proxy has let go of every connection. */
  get isLeft(): boolean {
    return this.#conversations.every(({ isOver }) => isOver);
  }

  /** All that was said to it outside TLS, and inside. */
  get heard(): { readonly plain: string; readonly secured: string } {
    const all = (part: 'plain' | 'secured') => this.#conversations.map((one) => one[part]).join('');
    return { plain: all('plain'), secured: all('secured') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const conversation of this.#conversations) conversation.end();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Conversation {
  plain = '';
  secured = '';
  isOver = false;
  readonly #tcp: Socket;
  readonly #behaviour: Behaviour;
  readonly #onAttack: () => void;
  #hasAttacked = false;
  #socket: Socket;
  #unread = '';
  #inData = false;
  #isSilent = false;

  constructor(tcp: Socket, behaviour: Behaviour, onAttack: () => void) {
    this.#tcp = tcp;
    this.#socket = tcp;
    this.#behaviour = behaviour;
    this.#onAttack = onAttack;
    tcp.on('error', () => undefined);
    for (const event of ['end', 'close']) tcp.on(event, () => (this.isOver = true));
    if (behaviour.mode === 'implicit') void this.#secure();
    else {
      tcp.on('data', this.#onData);
      this.#answer('greeting');
    }
  }

  end(): void {
    this.#socket.destroy();
    this.#tcp.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    const octets = chunk.toString('latin1');
    if (this.#socket === this.#tcp) this.plain += octets;
    else this.secured += octets;
    if (this.#isSilent) return;
    this.#unread += octets;
    this.#read();
  };

  #read(): void {
    while (!this.#isSilent) {
      if (this.#inData && this.#unread !== '' && this.#isAt('body')) {
        this.#answer('body');
        continue; // silent from now on, or not
      }
      const mark = this.#inData ? '\r\n.\r\n' : '\r\n';
      const end = this.#unread.indexOf(mark);
      if (end === -1) return;
      const line = this.#unread.slice(0, end);
      this.#unread = this.#unread.slice(end + mark.length);
      if (this.#inData) this.#messageTaken();
      else this.#command(line);
    }
  }

  #messageTaken(): void {
    this.#inData = false;
    this.#answer('final dot');
    if (!this.#isSilent && this.#isAt('between messages')) this.#answer('between messages');
  }

  #command(line: string): void {
    const isSecured = this.#socket !== this.#tcp;
    const [verb = ''] = line.split(' ');
    if (verb === 'EHLO') this.#answer(isSecured ? 'EHLO' : 'EHLO before TLS');
    else if (verb === 'STARTTLS') {
      this.#answer('STARTTLS');
      if (!this.#isSilent) void this.#secure();
    } else if (verb === 'AUTH' || verb === 'MAIL' || verb === 'RCPT') this.#answer(verb);
    else if (verb === 'DATA') {
      this.#inData = true;
      this.#answer('DATA');
    } else if (verb === 'QUIT') {
      this.#answer('QUIT');
      if (!this.#isSilent) this.#socket.end();
    } else this.#socket.write('250 2.0.0 Ok\r\n');
  }

  #isAt(state: State): boolean {
    return state === this.#behaviour.at && !this.#hasAttacked;
  }

  #answer(state: State): void {
    const { fault, pipelining } = this.#behaviour;
    const right = rightReply(state, pipelining);
    if (!this.#isAt(state)) return void this.#socket.write(right);
    this.#hasAttacked = true;
    this.#isSilent = !fault.goesOn;
    const from = state === 'between messages' ? 'AUTH' : state;
    const next = STATES.slice(STATES.indexOf(from) + 1, STATES.indexOf('between messages'));
    const following = next.map((later) => rightReply(later, pipelining)).join('');
    fault.does({ state, socket: this.#socket, tcp: this.#tcp, right, following });
    this.#onAttack();
  }

  async #secure(): Promise<void> {
    const tcp = this.#tcp;
    if (this.#behaviour.at === 'handshake') {
      tcp.removeAllListeners('data');
      await once(tcp, 'data').catch(() => undefined);
      return this.#answer('handshake');
    }
    tcp.off('data', this.#onData);
    const { cert, key } = this.#behaviour.certificate;
    const secured = new tls.TLSSocket(tcp, {
      isServer: true,
      secureContext: tls.createSecureContext({ cert, key }),
    });
    secured.on('error', () => undefined);
    for (const event of ['end', 'close']) secured.on(event, () => (this.isOver = true));
    this.#socket = secured;
    this.#unread = ''; // RFC 3207 §4.2: what came before TLS is forgotten
    secured.on('data', this.#onData);
    if (this.#behaviour.mode === 'implicit') {
      secured.once('secure', () => this.#answer('greeting inside TLS'));
    }
  }
}
