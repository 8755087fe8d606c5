import http2 from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { beforeAbort } from './before-abort.ts';
import { contentOf, MEDIA_TYPE } from './http-answer.ts';
import { NoAnswer } from './no-answer.ts';
import { SignsOfLife } from './signs-of-life.ts';

/** A popup asks in bursts. */
const IDLE_MS = 10_000;

/** One connection of HTTP/2 to a resolver, on which each question has a stream of its own. */
export class DohSession {
  readonly #url: URL;
  readonly #session: http2.ClientHttp2Session;
  readonly #life: SignsOfLife;
  #waiting = 0;

  /**
   * @param socket connected and verified
   * @param before the one that it takes the place of
   */
  constructor(socket: TLSSocket, url: URL, before?: DohSession) {
    this.#url = url;
    this.#life = new SignsOfLife(socket, before?.isSilent === true);
    const session = http2.connect(url, {
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
  }

  /** It may have died: what it says after all is heard, and nothing more is asked here. */
  get isSilent(): boolean {
    return this.#life.areMissing;
  }

  get isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed && !this.isSilent;
  }

  /** @throws Error of any kind; the signal's reason */
  async post(query: Buffer, signal: AbortSignal): Promise<Buffer> {
    const { pathname, search } = this.#url;
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': pathname + search,
      'content-type': MEDIA_TYPE,
      accept: MEDIA_TYPE,
      'content-length': query.length,
    });
    this.#waiting += 1;
    try {
      const answer = beforeAbort<Buffer>(signal, (resolve, reject) => {
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
      return await this.#life.awaiting(answer);
    } finally {
      stream.on('error', () => undefined); // to cancel is no fault
      if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
      this.#waiting -= 1;
      if (this.#waiting === 0 && this.isSilent) this.close();
    }
  }

  close(): void {
    this.#session.destroy();
  }
}
