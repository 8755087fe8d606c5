import http from 'node:http';
import http2 from 'node:http2';
import type { Readable } from 'node:stream';
import type { Trust } from '../../submission/tls-profile.ts';
import { beforeAbort, withinMs } from './before-abort.ts';
import {
  answerAt,
  type DnsMessage,
  LONGEST_MESSAGE_OCTETS,
  queryOctets,
  type Question,
} from './dns-message.ts';
import { NoAnswer } from './no-answer.ts';
import { connectSecurely, type SecurePlace } from './secure-connection.ts';

/** A popup asks in bursts. */
const IDLE_MS = 10_000;

/** For the connection, which is not given up when the one who asked first gives up. */
const CONNECTING_MS = 5000;

const MEDIA_TYPE = 'application/dns-message';

/** RFC 8484 §4.1: HTTP matches answers to questions. */
const ID = 0;

/** What of an answer of HTTP is looked at before its content. */
type Head = { readonly status: number | undefined; readonly type: string | undefined };

/**
 * A resolver over HTTPS (RFC 8484), by POST: what is asked does not stand in an address, where
 * logs and caches would keep it. A redirect is a fault like any other: it would tell somebody
 * else.
 */
export class DnsOverHttps {
  readonly #url: URL;
  readonly #place: SecurePlace;
  readonly #closed = new AbortController();
  #session: http2.ClientHttp2Session | undefined;
  #connecting: Promise<http2.ClientHttp2Session | undefined> | undefined;
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
    const session = await beforeAbort<http2.ClientHttp2Session | undefined>(
      signal,
      (resolve, reject) => void this.#open().then(resolve, reject),
    );
    const octets = await (session === undefined
      ? this.#postByHttp1(query, signal)
      : this.#postByHttp2(session, query, signal));
    const message = answerAt(octets, question, ID);
    if (message === undefined) throw new NoAnswer('malformed', 'no answer to what was asked');
    if (message.isTruncated) throw new NoAnswer('malformed', 'cut off, and yet not over UDP');
    return message;
  }

  close(): void {
    this.#closed.abort(new Error('the resolver is not asked any more'));
    this.#session?.destroy();
  }

  /** Undefined when it speaks HTTP/1.1 alone. */
  async #open(): Promise<http2.ClientHttp2Session | undefined> {
    if (!this.#speaksHttp2) return undefined;
    const session = this.#session;
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return await this.#connecting;
  }

  async #connect(): Promise<http2.ClientHttp2Session | undefined> {
    const socket = await this.#secureSocket(['h2', 'http/1.1']);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      this.#speaksHttp2 = false;
      return undefined;
    }
    const session = http2.connect(this.#url, {
      createConnection: () => socket,
      maxSessionMemory: 4, // MB: forty answers of the longest
      settings: { enablePush: false },
    });
    // A question under way is told of it by its own stream; nobody else needs to be.
    session.on('error', () => session.destroy());
    session.on('goaway', () => session.close());
    session.setTimeout(IDLE_MS, () => session.close());
    session.unref();
    this.#session = session;
    return session;
  }

  async #secureSocket(protocols: readonly string[]) {
    return await withinMs(CONNECTING_MS, this.#closed.signal, async (signal) =>
      connectSecurely({ ...this.#place, protocols }, signal),
    );
  }

  async #postByHttp2(session: http2.ClientHttp2Session, query: Buffer, signal: AbortSignal) {
    const { pathname, search } = this.#url;
    const stream = session.request({
      ':method': 'POST',
      ':path': pathname + search,
      'content-type': MEDIA_TYPE,
      accept: MEDIA_TYPE,
      'content-length': query.length,
    });
    try {
      return await beforeAbort<Buffer>(signal, (resolve, reject) => {
        stream.once('error', reject);
        const hungUp = () => reject(new NoAnswer('unreachable', 'the resolver hung up'));
        stream.once('close', hungUp);
        stream.once('response', (head) => {
          stream.off('close', hungUp); // now it is the end of what is read
          const status = head[':status'];
          contentOf(stream, { status, type: head['content-type'] }).then(resolve, reject);
        });
        stream.end(query);
      });
    } finally {
      stream.on('error', () => undefined); // to cancel is no fault
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
    }
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

/** @throws NoAnswer */
async function contentOf(body: Readable, { status, type }: Head): Promise<Buffer> {
  if (status !== 200) throw new NoAnswer('server failure', `HTTP status ${status}`);
  if (type?.split(';')[0]?.trim().toLowerCase() !== MEDIA_TYPE) {
    throw new NoAnswer('malformed', 'the resolver answers with something else than DNS');
  }
  const parts: Buffer[] = [];
  let octets = 0;
  for await (const part of body) {
    if (!Buffer.isBuffer(part)) throw new Error('a body was read as text');
    octets += part.length;
    if (octets > LONGEST_MESSAGE_OCTETS) throw new NoAnswer('malformed', 'an endless answer');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
