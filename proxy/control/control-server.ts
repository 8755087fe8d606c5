import { once } from 'node:events';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import { codeOf } from '../error-message.ts';
import type { ListenAddress } from '../listen-address.ts';
import { controlApp, type ControlDesk } from './control-app.ts';
import { HeldConnections } from './held-connections.ts';
import { RefusalLog } from './refusal-log.ts';
import { ANSWER_HEADERS, REFUSAL_STATUS, refused, type RefusalKind } from './refused.ts';
import { isPageHost } from './page-sessions.ts';
import { controlHosts, refusalAtDoor, type ControlHosts } from './request-door.ts';

export type ControlLimits = {
  /** From the connection, or its first octet, to the end of the request's head. */
  readonly headMs: number;
  /** To the end of its body. */
  readonly requestMs: number;
  /** To the end of the answer; an account's offer takes up to a minute. */
  readonly answerMs: number;
  readonly connections: number;
};

const DEFAULT_LIMITS: ControlLimits = {
  headMs: 5_000,
  requestMs: 10_000,
  answerMs: 90_000,
  connections: 100,
};

/** How often Node looks who is too slow: a limit lasts up to so much longer. */
const CHECK_MS = 500;

const MAX_HEAD_OCTETS = 8 * 1024;

type ControlOptions = {
  readonly at: ListenAddress;
  readonly desk: ControlDesk;
  readonly log: Logger;
  readonly limits?: Partial<ControlLimits>;
};

/** Beside 127.0.0.1; browsers try it first for names under `.localhost`. */
const OTHER_LOOPBACK = '::1';

/**
 * The control API: HTTP on this computer alone, for the extension, the commands, and the page of
 * receipts in a browser. A connection carries one request.
 */
export class ControlServer {
  readonly #server: Server;
  readonly #connections: HeldConnections;
  readonly #host: string;
  readonly #another: () => Server;
  #other: Server | undefined;
  #taking: Promise<boolean> | undefined;

  private constructor({ at, desk, log, limits: given }: ControlOptions) {
    const limits = { ...DEFAULT_LIMITS, ...given };
    this.#connections = new HeldConnections(limits.connections);
    this.#host = at.host;
    const serve = this.#answering(desk, new RefusalLog(log), limits);
    this.#another = () => {
      const server = createServer({
        headersTimeout: limits.headMs,
        requestTimeout: limits.requestMs,
        connectionsCheckingInterval: Math.min(CHECK_MS, limits.headMs),
        maxHeaderSize: MAX_HEAD_OCTETS,
        insecureHTTPParser: false,
        requireHostHeader: false, // answered by request-door.ts, as every other host that is not ours
      });
      server.maxRequestsPerSocket = 1;
      serve(server);
      return server;
    };
    this.#server = this.#another();
  }

  /** @throws Error with `code`, EADDRINUSE for one, when the address cannot be listened on */
  static async open(options: ControlOptions): Promise<ControlServer> {
    const { at } = options;
    if (!at.isLoopback) throw new Error('other computers may not reach the control API');
    const control = new ControlServer(options);
    await listen(control.#server, at.host, at.port);
    await control.isAlone();
    return control;
  }

  /**
   * Whether no other program listens where the names of pages lead to. A browser tries both
   * addresses of this computer, and who has the other one would be handed a page's link. So this
   * server takes that one too.
   */
  isAlone(): Promise<boolean> {
    this.#taking ??= this.#takeOther().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  async #takeOther(): Promise<boolean> {
    if (this.#other !== undefined) return true;
    const other = this.#another();
    try {
      await listen(other, OTHER_LOOPBACK, this.port);
      this.#other = other;
      return true;
    } catch (error) {
      // Where there is no IPv6 nobody can listen there.
      return ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error));
    }
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  /** As browsers write it. */
  get origin(): string {
    return `http://${this.#hosts[0]}`;
  }

  async stop(): Promise<void> {
    await this.#taking;
    const servers = this.#other === undefined ? [this.#server] : [this.#server, this.#other];
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    this.#connections.closeAll();
    await Promise.all(closed);
  }

  get #hosts(): ControlHosts {
    return controlHosts(this.#host, this.port);
  }

  #isOurs(host: string): boolean {
    return this.#hosts.includes(host) || isPageHost(host, this.port);
  }

  /** What makes a server answer as this one does. */
  #answering(
    desk: ControlDesk,
    refusals: RefusalLog,
    { answerMs }: ControlLimits,
  ): (server: Server) => void {
    const answer = getRequestListener(controlApp(desk, refusals, this).fetch, {
      overrideGlobalObjects: false,
      // What Node takes for a request target and the standard's URL does not.
      errorHandler: () => {
        refusals.note('malformed');
        return refused('malformed');
      },
    });
    const listener = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const { socket } = incoming;
      const tooLong = setTimeout(() => socket.destroy(), answerMs);
      incoming.once('end', () => this.#connections.waits(socket));
      outgoing.once('close', () => clearTimeout(tooLong));
      const refusal = refusalAtDoor(incoming, (host) => this.#isOurs(host));
      if (refusal === undefined) void answer(incoming, outgoing);
      else {
        refusals.note(refusal);
        incoming.resume();
        outgoing.writeHead(REFUSAL_STATUS[refusal], HEADERS).end(bodyOf(refusal));
      }
    };
    return (server) => {
      server.on('connection', (socket: Socket) => this.#connections.admit(socket));
      server.on('request', listener);
      // Node would say "100 Continue" before the door is asked.
      server.on('checkContinue', listener);
      server.on('checkExpectation', listener);
      server.on('clientError', (error: Error, socket: Socket) => {
        const refusal = refusalFor(error);
        refusals.note(refusal);
        // Nothing of an answer has been written: that one would have ended the connection.
        if (socket.writable && socket.bytesWritten === 0) socket.end(rawAnswer(refusal));
        socket.destroySoon();
      });
    };
  }
}

/** @throws Error with `code` */
async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, ipv6Only: true });
  await once(server, 'listening');
}

const HEADERS = { ...ANSWER_HEADERS, 'content-type': 'application/json' };

function bodyOf(refusal: RefusalKind): string {
  return JSON.stringify({ refused: refusal });
}

/** What Node's parser does not take for HTTP, or what took too long. */
function refusalFor(error: Error): RefusalKind {
  switch (codeOf(error)) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'too slow';
    case 'HPE_HEADER_OVERFLOW':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'too large';
    default:
      return 'malformed';
  }
}

function rawAnswer(refusal: RefusalKind): string {
  const status = REFUSAL_STATUS[refusal];
  const body = bodyOf(refusal);
  const fields = Object.entries({ ...HEADERS, 'content-length': Buffer.byteLength(body) });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n');
}
