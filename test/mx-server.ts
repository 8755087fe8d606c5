import net from 'node:net';
import tls, { type SecureContextOptions } from 'node:tls';
import { listeningPort } from './listening-port.ts';

export type MxState = 'greeting' | 'EHLO' | 'STARTTLS' | 'EHLO inside TLS' | 'QUIT';

/** Octets that are said in a state, or what is done then. */
type Saying = string | ((socket: net.Socket) => void);

const RIGHT: Readonly<Record<MxState, string>> = {
  greeting: '220 mx.example.org ESMTP\r\n',
  EHLO: '250-mx.example.org\r\n250-PIPELINING\r\n250 STARTTLS\r\n',
  STARTTLS: '220 2.0.0 go ahead\r\n',
  'EHLO inside TLS': '250-mx.example.org\r\n250-PIPELINING\r\n250 REQUIRETLS\r\n',
  QUIT: '221 2.0.0 bye\r\n',
};

type Behaviour = {
  readonly certificate: SecureContextOptions;
  readonly says?: Partial<Readonly<Record<MxState, Saying>>>;
};

/** A mail server on port 25 that says what it is told to, and writes down what it hears. */
export class MxServer {
  readonly port: number;
  /** Each line that was said to it, `TLS` where the handshake was done. */
  readonly heard: string[] = [];
  /** The names that were asked for in handshakes (SNI). */
  readonly names: string[] = [];
  connections = 0;
  says: Partial<Readonly<Record<MxState, Saying>>>;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #context: tls.SecureContext;

  private constructor(server: net.Server, port: number, { certificate, says = {} }: Behaviour) {
    this.#server = server;
    this.port = port;
    this.says = says;
    this.#context = tls.createSecureContext(certificate);
    server.on('connection', (socket) => this.#welcome(socket));
  }

  static async start(behaviour: Behaviour): Promise<MxServer> {
    const server = net.createServer();
    return new MxServer(server, await listeningPort(server), behaviour);
  }

  /** Whether nobody is connected any more. */
  get isLeft(): boolean {
    return this.#sockets.size === 0;
  }

  #welcome(socket: net.Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#say('greeting', socket);
    this.#listen(socket, socket);
  }

  #listen(socket: net.Socket, tcp: net.Socket): void {
    const isSecured = socket !== tcp;
    let unread = '';
    const onData = (chunk: Buffer) => {
      unread += chunk.toString('latin1');
      for (let end = unread.indexOf('\r\n'); end !== -1; end = unread.indexOf('\r\n')) {
        const line = unread.slice(0, end);
        unread = unread.slice(end + 2);
        this.heard.push(line);
        const [verb = ''] = line.split(' ');
        if (verb === 'EHLO') this.#say(isSecured ? 'EHLO inside TLS' : 'EHLO', socket);
        else if (verb === 'QUIT') {
          this.#say('QUIT', socket);
          socket.end();
        } else if (verb === 'STARTTLS') {
          this.#say('STARTTLS', socket);
          const said = this.says.STARTTLS ?? RIGHT.STARTTLS;
          if (typeof said !== 'string' || !said.startsWith('220')) continue;
          socket.off('data', onData);
          this.#secure(tcp);
          return;
        } else socket.write('250 2.0.0 Ok\r\n');
      }
    };
    socket.on('data', onData);
  }

  #secure(tcp: net.Socket): void {
    const secured = new tls.TLSSocket(tcp, {
      isServer: true,
      secureContext: this.#context,
      SNICallback: (name, done) => {
        this.names.push(name);
        done(null, this.#context);
      },
    });
    secured.on('error', () => undefined);
    secured.on('secure', () => this.heard.push('TLS'));
    this.#listen(secured, tcp);
  }

  #say(state: MxState, socket: net.Socket): void {
    const saying = this.says[state] ?? RIGHT[state];
    if (typeof saying === 'string') socket.write(saying, 'latin1');
    else saying(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
