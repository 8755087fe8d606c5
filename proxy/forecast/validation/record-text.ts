import net from 'node:net';
import type { LookUpType, RecordOf } from '../dns/dns-records.ts';
import { NoAnswer } from '../dns/no-answer.ts';

/** Records as a zone file has them (RFC 1035 §5.1), which is how validators print them. */
const TEXT_READERS: {
  readonly [Type in LookUpType]: (text: string) => RecordOf<Type>;
} = {
  MX: (text) => {
    const [, preference, exchange] = insist(/^([0-9]{1,5}) (\S+)$/.exec(text));
    return { preference: Number(preference), exchange: nameFromText(exchange) };
  },
  TXT: (text) => {
    insist(/^"(?:[^"\\]|\\.)*"(?: "(?:[^"\\]|\\.)*")*$/.exec(text));
    const strings = text.matchAll(/"((?:[^"\\]|\\.)*)"/g);
    return [...strings].map(([, string = '']) => octetsFromText(string)).join('');
  },
  A: (text) => {
    if (!net.isIPv4(text)) throw malformed();
    return text;
  },
  AAAA: (text) => {
    if (!net.isIPv6(text) || text.includes('%')) throw malformed();
    return new net.SocketAddress({ family: 'ipv6', address: text }).address;
  },
  TLSA: (text) => {
    const written = /^([0-9]{1,3}) ([0-9]{1,3}) ([0-9]{1,3}) ((?:[0-9A-Fa-f]{2}| )*)$/.exec(text);
    const [, usage, selector, matchingType, data = ''] = insist(written);
    return {
      usage: Number(usage),
      selector: Number(selector),
      matchingType: Number(matchingType),
      data: data.replaceAll(' ', '').toLowerCase(),
    };
  },
  CNAME: nameFromText,
};

/** @throws NoAnswer 'malformed' for anything else than a record's data of this type */
export function recordFromText<Type extends LookUpType>(type: Type, text: string): RecordOf<Type> {
  return TEXT_READERS[type](text);
}

/** In the form of `dns-name.ts`: lower case, without the final dot, odd octets as `\046`. */
export function nameFromText(text = ''): string {
  return text
    .replace(/\.$/, '')
    .replace(/\\([^0-9])/g, (_, escaped: string) => decimal(escaped))
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[^a-z0-9_*\\.-]/g, decimal);
}

function decimal(octet: string): string {
  return `\\${String(octet.charCodeAt(0)).padStart(3, '0')}`;
}

function octetsFromText(string: string): string {
  return string.replace(/\\([0-9]{3}|.)/g, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  );
}

function insist(matched: RegExpExecArray | null): RegExpExecArray {
  if (matched === null) throw malformed();
  return matched;
}

function malformed(): NoAnswer {
  return new NoAnswer('malformed', 'the validator printed what is no record');
}
