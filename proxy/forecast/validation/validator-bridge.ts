import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { type DnsMessage, type Question, RCODES } from '../dns/dns-message.ts';
import { nameAt } from '../dns/dns-name.ts';
import { NoAnswer, noAnswerFrom } from '../dns/no-answer.ts';

/** The keys and delegations from the root to a name, and to where an alias leads, are fewer. */
const MOST_QUESTIONS = 100;

/** A question is a name of at most 255 octets, and little else. */
const LONGEST_QUERY_OCTETS = 1024;

const HEADER_OCTETS = 12;

/** What is longer is asked for again over TCP. */
const UDP_OCTETS = 1232;
/** A port that is free over TCP may be taken over UDP. */
const PORT_TRIES = 20;

type Ask = (question: Question) => Promise<DnsMessage>;

/**
 * Stands in for a resolver while a validator runs: what it asks goes the way that the person
 * chose, encrypted or not, and is bounded in number. It listens on this computer alone; another
 * program here that found it could only use those questions up.
 */
export class ValidatorBridge {
  readonly #ask: Ask;
  readonly #server = net.createServer((socket) => this.#serve(socket));
  readonly #udp = dgram.createSocket('udp4');
  readonly #sockets = new Set<net.Socket>();
  readonly #asked = new Map<string, Promise<DnsMessage>>();
  readonly #answered = new Map<string, DnsMessage>();
  #fault: NoAnswer | undefined;
  #isClosed = false;

  /** @param ask bounded in time */
  private constructor(ask: Ask) {
    this.#ask = ask;
  }

  static async open(ask: Ask): Promise<ValidatorBridge> {
    const bridge = new ValidatorBridge(ask);
    for (let tries = 1; ; tries += 1) {
      try {
        bridge.#server.listen({ host: '127.0.0.1', port: 0 });
        await once(bridge.#server, 'listening');
        bridge.#udp.bind({ address: '127.0.0.1', port: bridge.port });
        await once(bridge.#udp, 'listening');
        bridge.#serveUdp();
        return bridge;
      } catch (error) {
        await bridge.#closeTcp();
        if (tries === PORT_TRIES) throw error;
      }
    }
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the bridge is closed');
    return address.port;
  }

  /** All answers that the validator can have built on. */
  get answers(): readonly DnsMessage[] {
    return [...this.#answered.values()];
  }

  /** The questions, as `TYPE NAME` with the number of the type. */
  get asked(): readonly string[] {
    return [...this.#asked.keys()];
  }

  /** The one to this question, where there was one. */
  answerTo(name: string, type: number): DnsMessage | undefined {
    return this.#answered.get(keyOf(name, type));
  }

  /** Why the first question that got no answer got none. */
  get fault(): NoAnswer | undefined {
    return this.#fault;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#udp.close();
    await this.#closeTcp();
  }

  async #closeTcp(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** delv fetches keys over UDP whatever it is told (9.18; look again 2027-06). */
  #serveUdp(): void {
    this.#udp.on('error', () => undefined); // of one answer that could not be sent
    this.#udp.on('message', (query, { port, address }) => {
      void this.#answer(query, (octets) => {
        const answer = octets.length > UDP_OCTETS ? withoutRecords(query, TRUNCATED) : octets;
        if (!this.#isClosed) this.#udp.send(answer, port, address);
      });
    });
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let arrived: Buffer = Buffer.alloc(0);
    socket.on('data', (octets) => {
      arrived = Buffer.concat([arrived, octets]);
      while (arrived.length >= 2) {
        const end = 2 + arrived.readUInt16BE(0);
        if (end > LONGEST_QUERY_OCTETS) socket.destroy();
        if (end > LONGEST_QUERY_OCTETS || arrived.length < end) return;
        void this.#answer(Buffer.from(arrived.subarray(2, end)), (answer) => {
          if (socket.writable) socket.write(Buffer.concat([lengthOf(answer), answer]));
        });
        arrived = arrived.subarray(end);
      }
    });
  }

  async #answer(query: Buffer, reply: (octets: Buffer) => void): Promise<void> {
    try {
      const { octets } = await this.#answerOnce(questionIn(query));
      // The same octets, as an answer to this query.
      reply(Buffer.concat([query.subarray(0, 2), octets.subarray(2)]));
    } catch (error) {
      this.#fault ??= noAnswerFrom(error);
      if (query.length >= HEADER_OCTETS) reply(withoutRecords(query, RCODES.SERVFAIL));
    }
  }

  /** A validator that got SERVFAIL asks again, and so does one that is in a hurry. */
  async #answerOnce(question: Question): Promise<DnsMessage> {
    const key = keyOf(question.name, question.type);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return await asked;
    if (this.#asked.size >= MOST_QUESTIONS) {
      throw new NoAnswer('too many look-ups', `for one name, ${MOST_QUESTIONS} already`);
    }
    const asking = this.#ask(question);
    this.#asked.set(key, asking);
    const message = await asking;
    this.#answered.set(key, message);
    return message;
  }
}

function keyOf(name: string, type: number): string {
  return `${type} ${name}`;
}

/** @throws NoAnswer 'malformed' */
function questionIn(query: Buffer): Question {
  if (query.length < HEADER_OCTETS || query.readUInt16BE(4) !== 1) {
    throw new NoAnswer('malformed', 'the validator asks nothing');
  }
  const { name, end } = nameAt(query, HEADER_OCTETS);
  if (end + 4 > query.length) throw new NoAnswer('malformed', 'the validator asks nothing');
  // CD: the validator decides, and not the resolver for it (RFC 4035 §3.2.2).
  return { name, type: query.readUInt16BE(end), checkingDisabled: true };
}

const TRUNCATED = 0x0200;

/** The query itself, turned into an answer without any record; OPT, if there is one, stays. */
function withoutRecords(query: Buffer, flags: number): Buffer {
  const octets = Buffer.from(query);
  octets.writeUInt16BE(0x8180 | flags, 2); // QR, RD, RA
  return octets;
}

function lengthOf(octets: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(octets.length);
  return length;
}
