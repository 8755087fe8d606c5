import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
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
};

export type OwnAnswer = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'nothing' | readonly Answer[];

export type Asked = {
  readonly name: string;
  readonly type: string;
  readonly over: 'UDP' | 'TCP';
};

export type LyingResolver = {
  /** `127.0.0.1:PORT` */
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
      tcp.listen(port, '127.0.0.1');
      await once(tcp, 'listening');
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
    } catch (cause) {
      tcp.close();
      udp.close();
      if (left === 0) throw cause;
      continue;
    }
    return {
      address: `127.0.0.1:${port}`,
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

/** Asks one question over a connection of its own. */
export async function overTcp(resolver: string, question: Buffer): Promise<Buffer> {
  const [host = '', port = ''] = resolver.split(':');
  const socket = connect(Number(port), host);
  try {
    socket.write(framedAs(question));
    for await (const message of framed(socket)) return message;
    throw new Error(`${resolver} closed the connection`);
  } finally {
    socket.destroy();
  }
}

/** RFC 1035 §4.2.2: two octets of length before each message. */
async function* framed(socket: Socket): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0);
  const chunks: AsyncIterable<Buffer> = socket; // no encoding was set
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      yield pending.subarray(2, end);
      pending = pending.subarray(end);
    }
  }
}

function framedAs(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
