import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Answer,
  decode,
  encode,
  type DecodedPacket,
  type Packet,
  type Question,
} from 'dns-packet';
import { freePort } from '../servers/loopback.ts';
import { framed, framedAs, overTcp } from './dns-over-tcp.ts';

/** What a resolver does to the answers of an honest one. */
export type Lies = {
  /** Drops the bit that says that the resolver has validated. */
  readonly stripsAuthenticData?: boolean;
  /** Sets it on each answer. */
  readonly setsAuthenticData?: boolean;
  /** Drops signatures and proofs of absence. */
  readonly stripsSignatures?: boolean;
  /** Its own answer to some of the questions: records, or none and this status. */
  readonly answers?: (question: Asked) => OwnAnswer | undefined;
  /** Before each answer. */
  readonly delayMs?: number;
  /** Whether it is at an address of this machine that is none of loopback. */
  readonly isElsewhere?: true;
};

export type OwnAnswer = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'nothing' | readonly Answer[];

export type Asked = {
  readonly name: string;
  readonly type: string;
  readonly over: 'UDP' | 'TCP';
};

export type LyingResolver = {
  /** `ADDRESS:PORT` */
  readonly address: string;
  /** All questions so far, oldest first. */
  asked(): readonly Asked[];
  /** All octets that came, as they came. */
  received(): Buffer;
  [Symbol.asyncDispose](): Promise<void>;
};

const STRIPPED = new Set<string>(['RRSIG', 'NSEC', 'NSEC3']);
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;
const AUTHENTIC_DATA = 0x20;
const UDP_LIMIT_OCTETS = 1232;
const TRIES = 5;

/**
 * Stands between whoever asks and an honest resolver, over UDP and TCP.
 *
 * @param honest `127.0.0.1:PORT`, asked over TCP
 */
export async function lyingResolver(honest: string, lies: Lies = {}): Promise<LyingResolver> {
  const asked: Asked[] = [];
  const octets: Buffer[] = [];
  const answerTo = async (message: Buffer, over: 'UDP' | 'TCP') => {
    octets.push(message);
    const { questions = [] } = decode(message);
    const [question] = questions;
    if (question === undefined) return undefined;
    const noted = { name: question.name, type: question.type, over };
    asked.push(noted);
    if (lies.delayMs !== undefined) await pause(lies.delayMs);
    const lie = lies.answers?.(noted);
    if (lie === 'nothing') return undefined;
    if (lie !== undefined) return falsified(ownAnswer(message, question, lie), lies);
    return falsified(await overTcp(honest, message), lies);
  };

  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void serveTcp(socket, async (message) => answerTo(message, 'TCP')).catch(() =>
      socket.destroy(),
    );
  });
  const host = lies.isElsewhere === true ? addressOutside() : '127.0.0.1';
  for (let left = TRIES; ; left -= 1) {
    const port = await freePort();
    const udp = createSocket('udp4');
    udp.on('message', (message: Buffer, from: RemoteInfo) => {
      const answered = async () => {
        const answer = await answerTo(message, 'UDP');
        if (answer !== undefined) udp.send(fittingUdp(answer), from.port, from.address);
      };
      answered().catch(() => undefined); // whoever asked hears nothing
    });
    try {
      tcp.listen(port, host);
      await once(tcp, 'listening');
      udp.bind(port, host);
      await once(udp, 'listening');
    } catch (cause) {
      tcp.close();
      udp.close();
      if (left === 0) throw cause;
      continue;
    }
    return {
      address: `${host}:${port}`,
      asked: () => [...asked],
      received: () => Buffer.concat(octets),
      [Symbol.asyncDispose]: async () => {
        udp.close();
        for (const socket of sockets) socket.destroy();
        tcp.close();
        await once(tcp, 'close');
      },
    };
  }
}

/** An address by which other computers know this one: for a program it is that of another. */
function addressOutside(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  const outside = all.find(({ internal, family }) => !internal && family === 'IPv4');
  if (outside === undefined) throw new Error('this computer has no address but loopback');
  return outside.address;
}

function falsified(message: Buffer, lies: Lies): Buffer {
  const answer = lies.stripsSignatures === true ? withoutSignatures(decode(message)) : message;
  const flags = answer.readUInt8(3);
  if (lies.stripsAuthenticData === true) answer.writeUInt8(flags & ~AUTHENTIC_DATA, 3);
  if (lies.setsAuthenticData === true) answer.writeUInt8(flags | AUTHENTIC_DATA, 3);
  return answer;
}

function withoutSignatures(answer: DecodedPacket): Buffer {
  const packet: Packet = {
    ...answer,
    answers: kept(answer.answers),
    authorities: kept(answer.authorities),
  };
  return encode(packet);
}

function kept(records: readonly Answer[] = []): Answer[] {
  return records.filter(({ type }) => !STRIPPED.has(type));
}

function ownAnswer(
  message: Buffer,
  question: Question,
  lie: Exclude<OwnAnswer, 'nothing'>,
): Buffer {
  const [code, answers] = typeof lie === 'string' ? [RCODES[lie], []] : [0, [...lie]];
  const id = message.readUInt16BE(0);
  const answer = encode({ type: 'response', id, questions: [question], answers });
  answer.writeUInt8(0x81, 2); // QR, RD
  answer.writeUInt8(0x80 | code, 3); // RA
  return answer;
}

/** What does not fit is left out, and said to be (RFC 2181 §9). */
function fittingUdp(answer: Buffer): Buffer {
  if (answer.length <= UDP_LIMIT_OCTETS) return answer;
  const { questions = [] } = decode(answer);
  const cut = encode({ type: 'response', id: answer.readUInt16BE(0), questions });
  cut.writeUInt8(answer.readUInt8(2) | 0x02, 2);
  cut.writeUInt8(answer.readUInt8(3), 3);
  return cut;
}

async function serveTcp(
  socket: Socket,
  answerTo: (message: Buffer) => Promise<Buffer | undefined>,
): Promise<void> {
  for await (const message of framed(socket)) {
    const answer = await answerTo(message);
    if (answer !== undefined) socket.write(framedAs(answer));
  }
}
