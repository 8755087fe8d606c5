import dgram, { type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { listeningPort } from '../listening-port.ts';

/** A port that is free over TCP may be taken over UDP. */
const PORT_TRIES = 20;

export type Over = 'UDP' | 'TCP';

/** What a server does with a query: octets to send, in this order, or nothing. */
export type Plays = (query: Buffer, over: Over) => readonly Buffer[];

/** A DNS server on a port of 127.0.0.1, the same for UDP and TCP. */
export type DnsServer = AsyncDisposable & {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** What was asked, as `UDP MX example`. */
  readonly asked: readonly string[];
  /** From how many ports UDP queries came. */
  readonly ports: ReadonlySet<number>;
  /** Sends something to whoever asked last, from another port. */
  sendFromElsewhere(octets: Buffer): void;
};

export async function dnsServer(plays: Plays): Promise<DnsServer> {
  const asked: string[] = [];
  const ports = new Set<number>();
  const note = (query: Buffer, over: Over) => {
    const [question] = decode(query).questions ?? [];
    asked.push(`${over} ${question?.type} ${question?.name}`);
  };

  const sockets = new Set<net.Socket>();
  const tcp = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let arrived: Buffer = Buffer.alloc(0);
    socket.on('data', (octets) => {
      arrived = Buffer.concat([arrived, octets]);
      while (arrived.length >= 2 && arrived.length >= 2 + arrived.readUInt16BE(0)) {
        const end = 2 + arrived.readUInt16BE(0);
        const query = Buffer.from(arrived.subarray(2, end));
        arrived = arrived.subarray(end);
        note(query, 'TCP');
        for (const answer of plays(query, 'TCP')) socket.write(framed(answer));
      }
    });
  });

  const udp = dgram.createSocket('udp4');
  const elsewhere = dgram.createSocket('udp4');
  let last: RemoteInfo | undefined;
  udp.on('message', (query, from) => {
    last = from;
    ports.add(from.port);
    note(query, 'UDP');
    for (const answer of plays(query, 'UDP')) udp.send(answer, from.port, from.address);
  });
  const port = await portOfBoth(tcp, udp);

  return {
    port,
    address: `127.0.0.1:${port}`,
    asked,
    ports,
    sendFromElsewhere: (octets) => {
      if (last !== undefined) elsewhere.send(octets, last.port, last.address);
    },
    [Symbol.asyncDispose]: async () => {
      udp.close();
      elsewhere.close();
      tcp.close();
      for (const socket of sockets) socket.destroy();
      await once(tcp, 'close');
    },
  };
}

async function portOfBoth(tcp: net.Server, udp: dgram.Socket): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await listeningPort(tcp);
    try {
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
      return port;
    } catch (error) {
      tcp.close();
      await once(tcp, 'close');
      if (tries === PORT_TRIES) throw error;
    }
  }
}

/** RFC 1035 §4.2.2. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

const RD_RA = 0x0180;
export const AD = 0x0020;
export const TC = 0x0200;

export type Said = {
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  /** Further bits of the header. */
  readonly flags?: number;
  readonly rcode?: number;
  /** Instead of its own. */
  readonly id?: number;
  readonly questions?: Packet['questions'];
};

/** An answer to this query. */
export function answering(query: Buffer, said: Said = {}): Buffer {
  const { id = 0, questions = [] } = decode(query);
  return encode({
    type: 'response',
    id: said.id ?? id,
    flags: RD_RA | (said.flags ?? 0) | (said.rcode ?? 0),
    questions: said.questions ?? questions,
    answers: [...(said.answers ?? [])],
    authorities: [...(said.authorities ?? [])],
  });
}

export function askedIn(query: Buffer): { readonly name: string; readonly type: string } {
  const [question] = decode(query).questions ?? [];
  return { name: question?.name ?? '', type: question?.type ?? '' };
}

/** An MX record. */
export function mx(name: string, exchange = 'mx.example', ttl = 300): Answer {
  return { type: 'MX', name, ttl, data: { preference: 10, exchange } };
}

export function soa(name: string, minimum = 300, ttl = 300): Answer {
  const data = { mname: 'ns.example', rname: 'h.example', serial: 1, refresh: 1, retry: 1 };
  return { type: 'SOA', name, ttl, data: { ...data, expire: 1, minimum } };
}

/** Plays a validating resolver: its canary has the AD bit, and so has what `plays` does with the rest. */
export function validating(plays: Plays): Plays {
  return (query, over) => {
    const { name, type } = askedIn(query);
    const isCanary = type === 'SOA' && (name === '.' || name === '');
    return isCanary ? [answering(query, { flags: AD, answers: [soa('.')] })] : plays(query, over);
  };
}
