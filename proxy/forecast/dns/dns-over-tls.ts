import type { Trust } from '../../submission/tls-profile.ts';
import { beforeAbort, withinMs } from './before-abort.ts';
import type { DnsMessage, Question } from './dns-message.ts';
import { DnsStream } from './dns-stream.ts';
import { connectSecurely } from './secure-connection.ts';

/** A popup asks in bursts; a resolver need not hold a connection much longer (RFC 7858 §3.4). */
const IDLE_MS = 10_000;

/** For the connection, which is not given up when the one who asked first gives up. */
const CONNECTING_MS = 5000;

/** A resolver over TLS (RFC 7858), with one connection for all questions. */
export class DnsOverTls {
  readonly #place: { readonly host: string; readonly port: number; readonly trust: Trust };
  readonly #closed = new AbortController();
  #stream: DnsStream | undefined;
  #connecting: Promise<DnsStream> | undefined;

  constructor({ host, port }: { readonly host: string; readonly port: number }, trust: Trust) {
    this.#place = { host, port, trust };
  }

  async ask(question: Question, signal: AbortSignal): Promise<DnsMessage> {
    const stream = await beforeAbort<DnsStream>(signal, (resolve, reject) => {
      this.#open().then(resolve, reject);
    });
    return await stream.ask(question, signal);
  }

  close(): void {
    this.#closed.abort(new Error('the resolver is not asked any more'));
    this.#stream?.close();
  }

  async #open(): Promise<DnsStream> {
    if (this.#stream?.isOpen === true) return this.#stream;
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return await this.#connecting;
  }

  async #connect(): Promise<DnsStream> {
    const socket = await withinMs(CONNECTING_MS, this.#closed.signal, async (signal) =>
      connectSecurely(this.#place, signal),
    );
    this.#stream = new DnsStream(socket, { isPadded: true, idleMs: IDLE_MS }, this.#stream);
    return this.#stream;
  }
}
