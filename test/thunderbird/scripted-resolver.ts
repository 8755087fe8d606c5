import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type Answer,
  AUTHENTIC_DATA,
  decode,
  encode,
  type Question,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
} from 'dns-packet';

/**
 * What the DNS says of a domain: `promised`: signed, with TLSA records for its mail host, as for
 * one that really is somewhere; `unprotected`: nothing is signed, and there is no MTA-STS;
 * `no mail`: null MX; `broken`: SERVFAIL; `silent`: no answer ever comes.
 */
export type ScriptedDomain =
  'promised' | ServerSomewhere | 'unprotected' | 'no mail' | 'broken' | 'silent';

/** A mail server that is there. */
type ServerSomewhere = {
  readonly address: string;
  /** SHA-256 of its public key, hex. */
  readonly key: string;
};

/** A resolver of this computer that validates, as far as anybody can see from its answers. */
export type ScriptedResolver = AsyncDisposable & {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Each question so far: `MX recipient.example`. */
  asked(): readonly string[];
  /** All octets that came, as they came. */
  received(): Buffer;
};

type Said = {
  readonly answers: readonly Answer[];
  readonly authentic: boolean;
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
};

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;
const TTL = 300;
/** RFC 5737: nobody has it. */
const NOBODY = '192.0.2.25';

/** @param domains by name; of any other it says that there is none */
export async function scriptedResolver(
  domains: Readonly<Record<string, ScriptedDomain>>,
): Promise<ScriptedResolver> {
  const asked: string[] = [];
  const octets: Buffer[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    octets.push(message);
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    if (question === undefined) return;
    asked.push(`${question.type} ${question.name}`);
    const said = answerTo(question, domains);
    if (said === undefined) return;
    socket.send(responseWith(said, id ?? 0, question), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    received: () => Buffer.concat(octets),
    [Symbol.asyncDispose]: async () => closed(socket),
  };
}

async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.close(resolve));
}

function responseWith({ answers, authentic, rcode }: Said, id: number, question: Question): Buffer {
  const bits = RECURSION_DESIRED | RECURSION_AVAILABLE | (authentic ? AUTHENTIC_DATA : 0);
  return encode({
    type: 'response',
    id,
    flags: bits | RCODES[rcode],
    questions: [question],
    answers: [...answers],
  });
}

function answerTo(
  { name, type }: Question,
  domains: Readonly<Record<string, ScriptedDomain>>,
): Said | undefined {
  if (name === '' || name === '.') return { ...NOTHING, answers: [rootSoa()], authentic: true };
  const [domain, says] =
    Object.entries(domains).find(([known]) => name === known || name.endsWith(`.${known}`)) ?? [];
  if (domain === undefined || says === undefined) return { ...NOTHING, rcode: 'NXDOMAIN' };
  const host = `mx.${domain}`;
  const mx = (exchange: string, preference = 10): Answer[] =>
    type === 'MX' && name === domain
      ? [{ name, type: 'MX', ttl: TTL, data: { preference, exchange } }]
      : [];
  const address = (data: string): Answer[] =>
    type === 'A' && name === host ? [{ name, type: 'A', ttl: TTL, data }] : [];
  const signed = (at: ServerSomewhere): Said => ({
    ...NOTHING,
    authentic: true,
    answers: [...mx(host), ...address(at.address), ...tlsaOf(host, at.key, { name, type })],
  });
  if (typeof says !== 'string') return signed(says);
  switch (says) {
    case 'promised':
      return signed({ address: NOBODY, key: '00'.repeat(32) });
    case 'unprotected':
      return { ...NOTHING, answers: [...mx(host), ...address(NOBODY)] };
    case 'no mail':
      return { ...NOTHING, answers: mx('.', 0) }; // RFC 7505 §3
    case 'broken':
      return { ...NOTHING, rcode: 'SERVFAIL' };
    case 'silent':
      return undefined;
  }
}

const NOTHING: Said = { answers: [], authentic: false, rcode: 'NOERROR' };

/** By it a resolver that validates is known. */
function rootSoa(): Answer {
  return {
    name: '.',
    type: 'SOA',
    ttl: TTL,
    data: { mname: 'a.root-servers.net', rname: 'nstld.verisign-grs.com', serial: 1 },
  };
}

function tlsaOf(
  host: string,
  key: string,
  { name, type }: Pick<Question, 'name' | 'type'>,
): Answer[] {
  if (type !== 'TLSA' || name !== `_25._tcp.${host}`) return [];
  const certificate = Buffer.from(key, 'hex');
  const data = { usage: 3, selector: 1, matchingType: 1, certificate };
  return [{ name, type: 'TLSA', ttl: TTL, data }];
}
