import net from 'node:net';
import type { TlsaRecord } from '../../../shared/forecast/dane.ts';
import type { MailExchanger } from '../../../shared/forecast/mx.ts';
import type { WireRecord } from './dns-message.ts';
import { nameAt } from './dns-name.ts';
import { NoAnswer } from './no-answer.ts';

/** What is looked up, and what each record of it is read as. */
type RecordsByType = {
  readonly MX: MailExchanger;
  readonly TXT: string;
  readonly A: string;
  readonly AAAA: string;
  readonly TLSA: TlsaRecord;
  /** Where an alias leads, and no further. */
  readonly CNAME: string;
};
export type LookUpType = keyof RecordsByType;
export type RecordOf<Type extends LookUpType> = RecordsByType[Type];

/** A NoAnswer 'malformed' is thrown for the broken. */
export const READERS: {
  readonly [Type in LookUpType]: (record: WireRecord) => RecordOf<Type>;
} = {
  /** RFC 1035 §3.3.9. */
  MX: (record) => {
    insist(dataOf(record).length >= 3);
    const preference = record.message.readUInt16BE(record.dataAt);
    return { preference, exchange: nameIn(record, record.dataAt + 2) };
  },

  /** RFC 1035 §3.3.14, its strings joined (RFC 8461 §3.1), one character for each octet. */
  TXT: (record) => {
    const data = dataOf(record);
    insist(data.length > 0);
    let text = '';
    for (let at = 0; at < data.length;) {
      const end = at + 1 + (data[at] ?? 0);
      insist(end <= data.length);
      text += data.toString('latin1', at + 1, end);
      at = end;
    }
    return text;
  },

  /** RFC 1035 §3.4.1. */
  A: (record) => {
    const data = dataOf(record);
    insist(data.length === 4);
    return data.join('.');
  },

  /** RFC 3596 §2.2, in the form of RFC 5952. */
  AAAA: (record) => {
    const data = dataOf(record);
    insist(data.length === 16);
    const groups = Array.from({ length: 8 }, (_, at) => data.readUInt16BE(at * 2).toString(16));
    return new net.SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
  },

  /** RFC 6698 §2.1. */
  TLSA: (record) => {
    const data = dataOf(record);
    const [usage, selector, matchingType] = data;
    if (usage === undefined || selector === undefined || matchingType === undefined) {
      throw new NoAnswer('malformed', 'a TLSA record without its three numbers');
    }
    return { usage, selector, matchingType, data: data.toString('hex', 3) };
  },

  CNAME: aliasTarget,
};

/** Where an alias leads (RFC 1035 §3.3.1). */
export function aliasTarget(record: WireRecord): string {
  return nameIn(record, record.dataAt);
}

/** RFC 2308 §5: for how long a denial with this SOA holds. */
export function denialSeconds(soa: WireRecord): number {
  const numbersAt = nameAt(soa.message, nameAt(soa.message, soa.dataAt).end).end;
  insist(numbersAt + 20 === soa.dataEnd);
  return Math.min(soa.ttlSeconds, soa.message.readUInt32BE(numbersAt + 16));
}

function dataOf({ message, dataAt, dataEnd }: WireRecord): Buffer {
  return message.subarray(dataAt, dataEnd);
}

/** A name that fills the rest of the data. */
function nameIn({ message, dataEnd }: WireRecord, at: number): string {
  const { name, end } = nameAt(message, at);
  insist(end === dataEnd);
  return name;
}

function insist(isSo: boolean): void {
  if (!isSo) throw new NoAnswer('malformed', 'a record whose data is not of its type');
}
