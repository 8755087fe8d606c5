import { nameAt, nameOctets } from './dns-name.ts';
import { NoAnswer } from './no-answer.ts';

/** Of the types that are read here (RFC 1035 §3.2.2, RFC 3596, RFC 6698, RFC 6891). */
export const TYPES = {
  A: 1,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  TLSA: 52,
} as const;

export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

const CLASS_IN = 1;

/** As much as TCP can carry; a set of a thousand MX records is 30 000 octets. */
export const LONGEST_MESSAGE_OCTETS = 65_535;

/** RFC 9715 and the "DNS flag day 2020": no fragments on any network. */
const UDP_PAYLOAD_OCTETS = 1232;

/** RFC 8467 §4.1: on an encrypted channel the length must not tell the name. */
const PADDED_TO_OCTETS = 128;

const HEADER_OCTETS = 12;
const OPT_OCTETS = 11;

const RD = 0x0100;
const AD = 0x0020;
const CD = 0x0010;
const DO = 0x8000;

export type Question = {
  /** In A-label form and lower case, without the final dot; `''` for the root. */
  readonly name: string;
  readonly type: number;
  /** The CD bit: the resolver shall give what it got, whatever it thinks of it (RFC 4035 §3.2.2). */
  readonly checkingDisabled: boolean;
};

/**
 * Writes a query: RD, and DO and AD, each of which asks for the AD bit (RFC 4035 §3.2.1, RFC 6840
 * §5.7).
 *
 * @throws NoAnswer 'malformed' for a name that is not askable
 */
export function queryOctets(question: Question, id: number, isPadded: boolean): Buffer {
  const name = nameOctets(question.name);
  const unpadded = HEADER_OCTETS + name.length + 4 + OPT_OCTETS;
  const padding = isPadded ? paddingOption(unpadded) : Buffer.alloc(0);

  const header = Buffer.alloc(HEADER_OCTETS);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RD | AD | (question.checkingDisabled ? CD : 0), 2);
  header.writeUInt16BE(1, 4); // questions
  header.writeUInt16BE(1, 10); // additional records: OPT

  const typeAndClass = Buffer.alloc(4);
  typeAndClass.writeUInt16BE(question.type, 0);
  typeAndClass.writeUInt16BE(CLASS_IN, 2);

  const opt = Buffer.alloc(OPT_OCTETS); // RFC 6891 §6.1.2, with the root as its name
  opt.writeUInt16BE(TYPES.OPT, 1);
  opt.writeUInt16BE(UDP_PAYLOAD_OCTETS, 3);
  opt.writeUInt16BE(DO, 7); // its TTL is extended RCODE, version, flags
  opt.writeUInt16BE(padding.length, 9);
  return Buffer.concat([header, name, typeAndClass, opt, padding]);
}

/** RFC 7830 §3. */
function paddingOption(length: number): Buffer {
  const option = 4;
  const padding = (PADDED_TO_OCTETS - ((length + option) % PADDED_TO_OCTETS)) % PADDED_TO_OCTETS;
  const octets = Buffer.alloc(option + padding);
  octets.writeUInt16BE(12, 0);
  octets.writeUInt16BE(padding, 2);
  return octets;
}

/** A record as it came; `dns-records.ts` reads what is in it. */
export type WireRecord = {
  readonly name: string;
  readonly type: number;
  readonly ttlSeconds: number;
  /** The whole message: names in the data may point into it. */
  readonly message: Buffer;
  readonly dataAt: number;
  readonly dataEnd: number;
};

/** An answer of a resolver to a question, not believed in anything yet. */
export type DnsMessage = {
  readonly octets: Buffer;
  readonly isTruncated: boolean;
  /** The AD bit, which says "authentic" of the answer and the authority section (RFC 4035 §3.2.3). */
  readonly isAuthentic: boolean;
  /** With its upper eight bits from the OPT record (RFC 6891 §6.1.3). */
  readonly rcode: number;
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
};

/**
 * Reads an answer to this question; undefined for what is none, which may be anybody's.
 *
 * The whole of it is read here and not by a library: dns-packet (5.6.1) is for mDNS too. It joins
 * labels with dots, so that one label `mx.example` passes for two; takes class 0x8001 for IN; and
 * reads on where a record's data has ended.
 *
 * @throws NoAnswer 'malformed' for an answer that is broken, 'refused' for one from a server that
 *   does not look things up: its "there is none" means only that it does not know
 */
export function answerAt(octets: Buffer, question: Question, id: number): DnsMessage | undefined {
  if (octets.length < HEADER_OCTETS || octets.readUInt16BE(0) !== id) return undefined;
  const flags = octets.readUInt16BE(2);
  const isResponse = (flags & 0x8000) !== 0;
  const opcode = (flags >> 11) & 0x0f;
  if (!isResponse || opcode !== 0) return undefined;

  const isTruncated = (flags & 0x0200) !== 0;
  const counts = [4, 6, 8, 10].map((at) => octets.readUInt16BE(at));
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = counts;
  const empty = { octets, isTruncated, isAuthentic: false, answers: [], authorities: [] };
  // A server that does not know EDNS, or has had enough, gives back a header and nothing else.
  if (questions === 0 && octets.length === HEADER_OCTETS && (flags & 0x0f) !== 0) {
    return { ...empty, rcode: flags & 0x0f };
  }

  const end = questions === 1 ? endOfQuestion(octets, question) : undefined;
  if (end === undefined) return undefined;
  // What is cut off is asked again over TCP, whatever is left of it.
  if (isTruncated) return { ...empty, rcode: flags & 0x0f };

  const reader = { octets, at: end };
  const answer = recordsOf(reader, answers);
  const authority = recordsOf(reader, authorities);
  const additional = recordsOf(reader, additionals);
  if (reader.at !== octets.length) throw new NoAnswer('malformed', 'octets after the last record');

  const rcode = (extendedRcode(additional) << 4) | (flags & 0x0f);
  const isRecursive = (flags & 0x0080) !== 0;
  if (!isRecursive && (rcode === RCODES.NOERROR || rcode === RCODES.NXDOMAIN)) {
    throw new NoAnswer('refused', 'the server does not look names up for others');
  }
  const isAuthentic = (flags & AD) !== 0;
  return { octets, isTruncated, isAuthentic, rcode, answers: answer, authorities: authority };
}

/** Where the question ends, when it is ours: name (without case), type and class. */
function endOfQuestion(octets: Buffer, { name, type }: Question): number | undefined {
  try {
    const asked = nameAt(octets, HEADER_OCTETS);
    const isOurs =
      asked.name === name &&
      asked.end + 4 <= octets.length &&
      octets.readUInt16BE(asked.end) === type &&
      octets.readUInt16BE(asked.end + 2) === CLASS_IN;
    return isOurs ? asked.end + 4 : undefined;
  } catch (error) {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  }
}

/** Those of class IN, and OPT, whose class is a size. */
function recordsOf(reader: { readonly octets: Buffer; at: number }, count: number) {
  const records: WireRecord[] = [];
  for (let read = 0; read < count; read += 1) {
    const { octets: message } = reader;
    const { name, end } = nameAt(message, reader.at);
    const dataAt = end + 10;
    if (dataAt > message.length) throw new NoAnswer('malformed', 'a record that is cut off');
    const dataEnd = dataAt + message.readUInt16BE(end + 8);
    if (dataEnd > message.length) throw new NoAnswer('malformed', 'a record that is cut off');

    const type = message.readUInt16BE(end);
    const isIn = message.readUInt16BE(end + 2) === CLASS_IN;
    const ttl = message.readUInt32BE(end + 4);
    // RFC 2181 §8: a TTL with its highest bit set is zero.
    const ttlSeconds = ttl > 0x7fffffff ? 0 : ttl;
    if (isIn || type === TYPES.OPT) {
      records.push({ name, type, ttlSeconds, message, dataAt, dataEnd });
    }
    reader.at = dataEnd;
  }
  return records;
}

function extendedRcode(additional: readonly WireRecord[]): number {
  const opts = additional.filter(({ type }) => type === TYPES.OPT);
  const [opt] = opts;
  if (opts.length > 1) throw new NoAnswer('malformed', 'two OPT records'); // RFC 6891 §6.1.1
  return opt === undefined ? 0 : opt.message.readUInt8(opt.dataAt - 6);
}
