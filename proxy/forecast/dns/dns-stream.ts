import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { beforeAbort } from './before-abort.ts';
import { answerAt, type DnsMessage, queryOctets, type Question } from './dns-message.ts';
import { NoAnswer, noAnswerFrom } from './no-answer.ts';
import { SignsOfLife } from './signs-of-life.ts';

type Asked = {
  readonly question: Question;
  readonly resolve: (message: DnsMessage) => void;
  readonly reject: (fault: NoAnswer) => void;
};

/**
 * Questions and answers over one connection, each after its length in two octets (RFC 1035
 * §4.2.2). Answers may come in any order (RFC 7766 §7).
 */
export class DnsStream {
  readonly #socket: Socket;
  readonly #life: SignsOfLife;
  readonly #isPadded: boolean;
  readonly #idleMs: number;
  readonly #asked = new Map<number, Asked>();
  #arrived: Buffer = Buffer.alloc(0);
  #fault: NoAnswer | undefined;
  #idle: NodeJS.Timeout | undefined;

  /**
   * @param socket connected, and verified where it is TLS
   * @param idleMs how long it stays open when nobody waits for an answer
   * @param before the one that it takes the place of
   */
  constructor(
    socket: Socket,
    { isPadded, idleMs }: { readonly isPadded: boolean; readonly idleMs: number },
    before?: DnsStream,
  ) {
    this.#socket = socket;
    this.#life = new SignsOfLife(socket, before?.isSilent === true);
    this.#isPadded = isPadded;
    this.#idleMs = idleMs;
    socket.on('data', (octets: Buffer) => this.#take(octets));
    socket.on('error', (error) => this.#end(noAnswerFrom(error)));
    socket.on('close', () => this.#end(new NoAnswer('unreachable', 'the resolver hung up')));
    this.#rest();
  }

  /** It may have died: what it says after all is heard, and nothing more is asked here. */
  get isSilent(): boolean {
    return this.#life.areMissing;
  }

  get isOpen(): boolean {
    return this.#fault === undefined && !this.isSilent;
  }

  /** @throws NoAnswer, or the signal's reason */
  async ask(question: Question, signal: AbortSignal): Promise<DnsMessage> {
    if (this.#fault !== undefined) throw this.#fault;
    const id = this.#freeId();
    const query = queryOctets(question, id, this.#isPadded);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    clearTimeout(this.#idle);
    try {
      const answer = beforeAbort<DnsMessage>(signal, (resolve, reject) => {
        this.#asked.set(id, { question, resolve, reject });
        this.#socket.write(Buffer.concat([length, query]));
      });
      return await this.#life.awaiting(answer);
    } finally {
      this.#asked.delete(id);
      this.#rest();
    }
  }

  close(): void {
    this.#end(new NoAnswer('unreachable', 'the connection was closed'));
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(0x10000);
      if (!this.#asked.has(id)) return id;
    }
  }

  /** No length is above what a message may have, so that at most one message is held. */
  #take(octets: Buffer): void {
    this.#arrived = Buffer.concat([this.#arrived, octets]);
    while (this.#fault === undefined && this.#arrived.length >= 2) {
      const end = 2 + this.#arrived.readUInt16BE(0);
      if (this.#arrived.length < end) return;
      const message = Buffer.from(this.#arrived.subarray(2, end));
      this.#arrived = this.#arrived.subarray(end);
      this.#answer(message);
    }
  }

  /** What nobody asked for, or no longer waits for, is dropped. */
  #answer(octets: Buffer): void {
    const id = octets.length < 2 ? -1 : octets.readUInt16BE(0);
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    try {
      const message = answerAt(octets, asked.question, id);
      if (message === undefined) return;
      if (message.isTruncated) throw new NoAnswer('malformed', 'cut off, and yet not over UDP');
      asked.resolve(message);
    } catch (error) {
      asked.reject(noAnswerFrom(error));
    }
  }

  #rest(): void {
    if (this.#asked.size > 0 || this.#fault !== undefined) return;
    clearTimeout(this.#idle);
    if (this.isSilent) this.close();
    else this.#idle = setTimeout(() => this.close(), this.#idleMs).unref();
  }

  #end(fault: NoAnswer): void {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    clearTimeout(this.#idle);
    this.#socket.destroy();
    for (const { reject } of this.#asked.values()) reject(fault);
  }
}
