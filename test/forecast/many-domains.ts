import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { decode, encode, type Answer } from 'dns-packet';

/** A name server with more domains than anybody writes to. */
export type ManyDomains = {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** `NAME TYPE` of each question, in the order they came. */
  readonly asked: string[];
  /** How many questions waited for their answers at most, at the same time. */
  mostAtOnce(): number;
  [Symbol.asyncDispose](): Promise<void>;
};

export type ManyDomainsManner = {
  /** How many mail hosts each domain has. */
  readonly hosts?: number;
  /** Before each answer. */
  readonly delayMs?: number;
  /** Whether it says that it has validated, as a resolver on this computer may. */
  readonly validates?: boolean;
  readonly ttlSeconds?: number;
  /** It takes the question and says nothing. */
  readonly silent?: boolean;
};

const AUTHENTIC_DATA = 0x20;
const NXDOMAIN = 3;

/**
 * Answers over UDP for whatever domain is asked: its mail hosts are `mx0.DOMAIN` and so on, with one
 * address each, and there is nothing else about it.
 */
export async function manyDomains(manner: ManyDomainsManner = {}): Promise<ManyDomains> {
  const { delayMs = 0, silent = false } = manner;
  const asked: string[] = [];
  let waiting = 0;
  let most = 0;
  const socket = createSocket('udp4');
  const answer = async (message: Buffer, { port, address }: RemoteInfo) => {
    most = Math.max(most, (waiting += 1));
    const { id = 0, questions = [] } = decode(message);
    const [question] = questions;
    if (question === undefined) return;
    asked.push(`${question.name} ${question.type}`);
    if (silent) return;
    if (delayMs > 0) await pause(delayMs);
    waiting -= 1;
    const { answers, rcode } = recordsFor(question.name, question.type, manner);
    const flags = 0x180 | rcode | (manner.validates === true ? AUTHENTIC_DATA : 0);
    const answered = encode({ type: 'response', id, flags, questions: [question], answers });
    socket.send(answered, port, address, () => undefined);
  };
  socket.on('message', (message, from) => void answer(message, from));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function recordsFor(
  name: string,
  type: string,
  { hosts = 1, ttlSeconds = 300 }: ManyDomainsManner,
): { readonly answers: Answer[]; readonly rcode: number } {
  const ttl = ttlSeconds;
  const isHost = /^mx\d+\./.test(name);
  switch (type) {
    case 'SOA':
      return found({ name, type: 'SOA', ttl, data: ROOT });
    case 'MX':
      return found(
        ...Array.from({ length: hosts }, (_, at) => ({
          name,
          type: 'MX' as const,
          ttl,
          data: { preference: at, exchange: `mx${at}.${name}` },
        })),
      );
    case 'A':
      return isHost ? found({ name, type: 'A', ttl, data: '127.0.0.1' }) : found();
    default:
      return { answers: [], rcode: name.startsWith('_') ? NXDOMAIN : 0 };
  }
}

function found(...answers: Answer[]) {
  return { answers, rcode: 0 };
}

const ROOT = {
  mname: 'a.root-servers.net',
  rname: 'nstld.verisign-grs.com',
  serial: 1,
  refresh: 1800,
  retry: 900,
  expire: 604_800,
  minimum: 86_400,
};
