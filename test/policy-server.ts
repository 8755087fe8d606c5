import net from 'node:net';
import tls, { type SecureContextOptions } from 'node:tls';
import type { Looked } from '../shared/forecast/facts.ts';
import { listeningPort } from './listening-port.ts';

/** What the domain of most tests says of itself. */
export const POLICY = [
  'version: STSv1',
  'mode: enforce',
  'mx: mx.example.org',
  'max_age: 604800',
  '',
].join('\r\n');

/** A whole response with the policy, but for what is said. */
export function response(
  but: { status?: string; headers?: readonly string[]; body?: string } = {},
) {
  const { status = '200 OK', body = POLICY } = but;
  const { headers = ['Content-Type: text/plain', `Content-Length: ${body.length}`] } = but;
  return [`HTTP/1.1 ${status}`, ...headers, '', body].join('\r\n');
}

type Behaviour = {
  certificate: SecureContextOptions;
  /** The octets of a response, or what is done with a connection on which a request came. */
  answer: string | ((socket: tls.TLSSocket) => void);
  host?: string;
};

/** A policy host that says whatever octets it is told to, and writes down what it hears. */
export class PolicyServer {
  readonly port: number;
  readonly requests: string[] = [];
  connections = 0;
  answer: Behaviour['answer'];
  readonly #server: tls.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: tls.Server, port: number, answer: Behaviour['answer']) {
    this.#server = server;
    this.port = port;
    this.answer = answer;
    server.on('connection', (socket: net.Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) => this.#hear(socket));
  }

  static async start({ certificate, answer }: Behaviour): Promise<PolicyServer> {
    const server = tls.createServer(certificate);
    return new PolicyServer(server, await listeningPort(server), answer);
  }

  /** Whether nobody is connected any more. */
  get isLeft(): boolean {
    return this.#sockets.size === 0;
  }

  #hear(socket: tls.TLSSocket): void {
    let request = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const isHeard = request.includes('\r\n\r\n');
      request += chunk.toString('latin1');
      if (isHeard || !request.includes('\r\n\r\n')) return;
      this.requests.push(request);
      if (typeof this.answer === 'string') socket.end(this.answer, 'latin1');
      else this.answer(socket);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** An answer of the DNS, as somebody gives it whom one can believe. */
export function found(...records: readonly string[]): Looked<readonly string[]> {
  return { kind: 'found', records, dnssec: 'insecure', source: 'resolver', ageMs: 0 };
}

export const NONE: Looked<readonly string[]> = {
  kind: 'none',
  isNameAbsent: true,
  dnssec: 'insecure',
  source: 'resolver',
  ageMs: 0,
};

export const FAILED: Looked<readonly string[]> = {
  kind: 'failed',
  why: 'server failure',
  ageMs: 0,
};
