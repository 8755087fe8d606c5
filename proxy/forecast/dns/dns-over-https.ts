import http from 'node:http';
import type { Trust } from '../../submission/tls-profile.ts';
import { beforeAbort, withinMs } from './before-abort.ts';
import { answerAt, type DnsMessage, queryOctets, type Question } from './dns-message.ts';
import { DohSession } from './doh-session.ts';
import { contentOf, MEDIA_TYPE } from './http-answer.ts';
import { NoAnswer } from './no-answer.ts';
import { connectSecurely, type SecurePlace } from './secure-connection.ts';

/** For the connection, which is not given up when the one who asked first gives up. */
const CONNECTING_MS = 5000;

/** RFC 8484 §4.1: HTTP matches answers to questions. */
const ID = 0;

/**
 * A resolver over HTTPS (RFC 8484), by POST: what is asked does not stand in an address, where
 * logs and caches would keep it. A redirect is a fault like any other: it would tell somebody
 * else.
 */
export class DnsOverHttps {
  readonly #url: URL;
  readonly #place: SecurePlace;
  readonly #closed = new AbortController();
  #session: DohSession | undefined;
  #connecting: Promise<DohSession | undefined> | undefined;
  /** RFC 8484 §5.2 recommends it; to what is older there is a connection for each question. */
  #speaksHttp2 = true;

  constructor(url: string, trust: Trust) {
    this.#url = new URL(url);
    this.#place = {
      host: this.#url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: this.#url.port === '' ? 443 : Number(this.#url.port),
      trust,
    };
  }

  async ask(question: Question, signal: AbortSignal): Promise<DnsMessage> {
    const query = queryOctets(question, ID, true);
    const session = await beforeAbort<DohSession | undefined>(
      signal,
      (resolve, reject) => void this.#open().then(resolve, reject),
    );
    const octets = await (session === undefined
      ? this.#postByHttp1(query, signal)
      : session.post(query, signal));
    const message = answerAt(octets, question, ID);
    if (message === undefined) throw new NoAnswer('malformed', 'no answer to what was asked');
    if (message.isTruncated) throw new NoAnswer('malformed', 'cut off, and yet not over UDP');
    return message;
  }

  close(): void {
    this.#closed.abort(new Error('the resolver is not asked any more'));
    this.#session?.close();
  }

  /** Undefined when it speaks HTTP/1.1 alone. */
  async #open(): Promise<DohSession | undefined> {
    if (!this.#speaksHttp2) return undefined;
    if (this.#session?.isOpen === true) return this.#session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return await this.#connecting;
  }

  async #connect(): Promise<DohSession | undefined> {
    const socket = await this.#secureSocket(['h2', 'http/1.1']);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      this.#speaksHttp2 = false;
      return undefined;
    }
    this.#session = new DohSession(socket, this.#url, this.#session);
    return this.#session;
  }

  async #secureSocket(protocols: readonly string[]) {
    return await withinMs(CONNECTING_MS, this.#closed.signal, async (signal) =>
      connectSecurely({ ...this.#place, protocols }, signal),
    );
  }

  async #postByHttp1(query: Buffer, signal: AbortSignal): Promise<Buffer> {
    const { host, pathname, search } = this.#url;
    const socket = await this.#secureSocket(['http/1.1']);
    const request = http.request({
      createConnection: () => socket,
      method: 'POST',
      path: pathname + search,
      setHost: false,
      headers: {
        host,
        'content-type': MEDIA_TYPE,
        accept: MEDIA_TYPE,
        'content-length': query.length,
        connection: 'close',
      },
    });
    try {
      return await beforeAbort<Buffer>(signal, (resolve, reject) => {
        request.on('error', reject);
        request.once('response', (response) => {
          const { statusCode: status, headers } = response;
          contentOf(response, { status, type: headers['content-type'] }).then(resolve, reject);
        });
        request.end(query);
      });
    } finally {
      request.destroy();
      socket.destroy();
    }
  }
}
