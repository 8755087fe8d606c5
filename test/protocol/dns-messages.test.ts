import { encode, type Answer } from 'dns-packet';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAnswer } from '../../proxy/forecast/dns/dns-answer.ts';
import {
  answerAt,
  queryOctets,
  type Question,
  TYPES,
} from '../../proxy/forecast/dns/dns-message.ts';
import { isAskable, nameAt } from '../../proxy/forecast/dns/dns-name.ts';
import type { LookUpType } from '../../proxy/forecast/dns/dns-records.ts';
import { NoAnswer } from '../../proxy/forecast/dns/no-answer.ts';
import { answering, askedIn, soa } from './dns-server.ts';

const ID = 4711;

/** What we read in an answer that dns-packet wrote. */
function read<Type extends LookUpType>(
  type: Type,
  name: string,
  answers: readonly Answer[],
  authorities: readonly Answer[] = [],
) {
  const question = { name, type: TYPES[type], checkingDisabled: false };
  const octets = answering(queryOctets(question, ID, false), { answers, authorities });
  const message = answerAt(octets, question, ID);
  if (message === undefined) throw new Error('it was taken for no answer');
  return readAnswer(message, name, type);
}

test('RFC 1035 §4.1: a query is what dns-packet takes it for', () => {
  const question = { name: '_25._tcp.mx.example', type: TYPES.TLSA, checkingDisabled: true };
  for (const isPadded of [false, true]) {
    const octets = queryOctets(question, ID, isPadded);
    expect(askedIn(octets)).toEqual({ name: '_25._tcp.mx.example', type: 'TLSA' });
    expect(octets.readUInt16BE(0)).toBe(ID);
    expect(octets.readUInt16BE(2)).toBe(0x0130); // RD, AD, CD
  }
});

test('RFC 8467 §4.1: encrypted questions are as long as each other', () => {
  const lengths = ['a.example', 'a-much-longer-name.of.a.recipient.example', ''].map((name) => {
    return queryOctets({ name, type: TYPES.MX, checkingDisabled: false }, ID, true).length;
  });
  expect(lengths).toEqual([128, 128, 128]);
});

test('each type of record is read as it was written', () => {
  const name = 'a.example';
  const key = Buffer.alloc(32, 0xa5);
  const written: readonly (readonly [LookUpType, Answer, unknown])[] = [
    ['A', { type: 'A', name, data: '192.0.2.1' }, '192.0.2.1'],
    ['AAAA', { type: 'AAAA', name, data: '2001:db8::1:0:0:1' }, '2001:db8::1:0:0:1'],
    ['AAAA', { type: 'AAAA', name, data: '::ffff:192.0.2.1' }, '::ffff:192.0.2.1'],
    ['TXT', { type: 'TXT', name, data: ['v=STSv1; ', 'id=1;'] }, 'v=STSv1; id=1;'],
    ['TXT', { type: 'TXT', name, data: [Buffer.from([0, 0xff])] }, '\u0000ÿ'],
    [
      'MX',
      { type: 'MX', name, data: { preference: 65535, exchange: 'MX.Example' } },
      { preference: 65535, exchange: 'mx.example' },
    ],
    [
      'MX',
      { type: 'MX', name, data: { preference: 0, exchange: '.' } },
      { preference: 0, exchange: '' },
    ],
    [
      'TLSA',
      { type: 'TLSA', name, data: { usage: 3, selector: 1, matchingType: 1, certificate: key } },
      { usage: 3, selector: 1, matchingType: 1, data: 'a5'.repeat(32) },
    ],
    ['CNAME', { type: 'CNAME', name, data: 'B.Example' }, 'b.example'],
  ];
  for (const [type, record, expected] of written) {
    expect(read(type, name, [record])).toMatchObject({ kind: 'found', records: [expected] });
  }
});

test('a dot, a NUL or a blank within a label cannot become another name', () => {
  for (const [octet, written] of [
    [0x2e, '\\046'],
    [0, '\\000'],
    [0x20, '\\032'],
    [0x5c, '\\092'],
    [0xff, '\\255'],
  ] as const) {
    const octets = Buffer.from([3, 0x6d, octet, 0x78, 0]);
    expect(nameAt(octets, 0)).toEqual({ name: `m${written}x`, end: 5 });
    expect(isAskable(nameAt(octets, 0).name)).toBe(false);
  }
});

test('RFC 1035 §3.1: a name ends after 255 octets', () => {
  const label = Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 0x61)]);
  const longest = Buffer.concat([label, label, label, label.subarray(0, 62), Buffer.from([0])]);
  longest[192] = 61;
  expect(nameAt(longest, 0).name.length).toBe(253);
  const longer = Buffer.concat([label, label, label, label, Buffer.from([0])]);
  expect(() => nameAt(longer, 0)).toThrow(NoAnswer);
});

/** A name that points to one that points on, so many times, to the root. */
function pointing(times: number) {
  const octets = Buffer.alloc(1 + times * 2);
  for (let at = 1; at < octets.length; at += 2) {
    octets.writeUInt16BE(0xc000 | Math.max(at - 2, 0), at);
  }
  return nameAt(octets, octets.length - 2);
}

test('RFC 1035 §4.1.4: a name may point on, but not a thousand times', () => {
  expect(pointing(100)).toEqual({ name: '', end: 201 });
  expect(() => pointing(1000)).toThrow(NoAnswer);
});

test('RFC 2308 §5: a denial is kept for the lesser of the SOA’s TTL and minimum', () => {
  expect(read('MX', 'a.example', [], [soa('example', 60)])).toMatchObject({ ttlSeconds: 60 });
  expect(read('MX', 'a.example', [], [soa('example', 9999)])).toMatchObject({ ttlSeconds: 300 });
  expect(read('MX', 'a.example', [], [])).toMatchObject({ kind: 'none', ttlSeconds: 0 });
  expect(read('MX', 'a.example', [], [soa('other.example')])).toMatchObject({ ttlSeconds: 0 });
});

test('what is kept lives no longer than the shortest part of its chain', () => {
  const answers: readonly Answer[] = [
    { type: 'CNAME', name: 'a.example', ttl: 20, data: 'b.example' },
    { type: 'A', name: 'b.example', ttl: 30, data: '192.0.2.1' },
    { type: 'A', name: 'b.example', ttl: 10, data: '192.0.2.2' },
  ];
  expect(read('A', 'a.example', answers)).toMatchObject({ ttlSeconds: 10, alias: 'b.example' });
  const [alias] = answers;
  const denial = read('A', 'a.example', alias === undefined ? [] : [alias], [soa('example')]);
  expect(denial).toMatchObject({ kind: 'none', ttlSeconds: 20, alias: 'b.example' });
});

const label = fc.stringMatching(/^[a-z0-9_](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

test('any set of MX records that dns-packet writes is read as the same set', () => {
  const records = fc.array(fc.tuple(fc.nat(65535), name), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(name, records, (owner, exchangers) => {
      const written = exchangers.map(([preference, exchange]) => ({ preference, exchange }));
      const answers = written.map((data): Answer => ({ type: 'MX', name: owner, data }));
      expect(read('MX', owner, answers)).toMatchObject({ kind: 'found', records: written });
    }),
  );
});

const QUESTION: Question = { name: 'a.example', type: TYPES.MX, checkingDisabled: false };

test('no octets at all make anything else of us than an answer, none, or a fault', () => {
  const data = { preference: 10, exchange: 'mx.example' };
  const sound = answering(queryOctets(QUESTION, ID, false), {
    answers: [{ type: 'MX', name: 'a.example', data }],
    authorities: [soa('example')],
  });
  const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  const cut = fc.nat(sound.length);
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), cut, (changes, length) => {
      const octets = Buffer.from(sound);
      for (const [at, octet] of changes) octets[at] = octet;
      try {
        const message = answerAt(octets.subarray(0, length), QUESTION, ID);
        if (message !== undefined) readAnswer(message, QUESTION.name, 'MX');
      } catch (error) {
        expect(error).toBeInstanceOf(NoAnswer);
      }
    }),
    { numRuns: 2000 },
  );
});

test('records of another class than IN, with mDNS’s bit on it too, are not read', () => {
  const octets = encode({
    type: 'response',
    id: ID,
    flags: 0x0180,
    questions: [{ type: 'A', name: 'a.example' }],
    answers: [
      { type: 'A', name: 'a.example', class: 'CH', data: '192.0.2.1' },
      { type: 'A', name: 'a.example', flush: true, data: '192.0.2.2' },
    ],
  });
  const message = answerAt(octets, { ...QUESTION, type: TYPES.A }, ID);
  expect(message?.answers).toEqual([]);
});
