import { Resolver as DnsResolver } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { beforeAbort } from '../../proxy/forecast/dns/before-abort.ts';
import { Canary } from '../../proxy/forecast/dns/canary.ts';
import {
  AD,
  answering,
  askedIn,
  dnsServer,
  mx,
  type Plays,
  soa,
  TC,
  validating,
} from '../protocol/dns-server.ts';
import { oneLookUp, openedResolver } from '../protocol/opened-resolver.ts';
import { stoppedClock } from '../stopped-clock.ts';

const NAME = 'recipient.example';
const FORGED = mx(NAME, 'mx.attacker.example');
const TRUE = mx(NAME, 'mx.recipient.example');

/** What is found at a server that does this, with the AD bit to its true answers. */
async function found(plays: Plays) {
  await using server = await dnsServer(validating(plays));
  await using resolver = await openedResolver(server.address);
  const looked = await resolver.look(NAME, 'MX', oneLookUp());
  return { looked, asked: server.asked.filter((asked) => asked.includes('MX')) };
}

const truly = (query: Buffer) => answering(query, { answers: [TRUE], flags: AD });

const NOT_AN_ANSWER: readonly (readonly [what: string, forge: (query: Buffer) => Buffer])[] = [
  ['another id', (query) => answering(query, { answers: [FORGED], id: query.readUInt16BE(0) ^ 1 })],
  [
    'another name in the question',
    (query) =>
      answering(query, { answers: [FORGED], questions: [{ name: 'x.example', type: 'MX' }] }),
  ],
  [
    'another type in the question',
    (query) => answering(query, { answers: [FORGED], questions: [{ name: NAME, type: 'A' }] }),
  ],
  [
    'another class in the question',
    (query) =>
      answering(query, { answers: [FORGED], questions: [{ name: NAME, type: 'MX', class: 'CH' }] }),
  ],
  ['no question', (query) => answering(query, { answers: [FORGED], questions: [] })],
  [
    'two questions',
    (query) => {
      const question = { name: NAME, type: 'MX' } as const;
      return answering(query, { answers: [FORGED], questions: [question, question] });
    },
  ],
  [
    'the bit of a query',
    (query) => {
      const octets = answering(query, { answers: [FORGED] });
      octets.writeUInt16BE(octets.readUInt16BE(2) & 0x7fff, 2);
      return octets;
    },
  ],
  ['three octets', (query) => query.subarray(0, 3)],
  ['nothing at all', () => Buffer.alloc(0)],
];

test.for(NOT_AN_ANSWER)(
  'RFC 5452 §9.1: what comes with %s is no answer, and the true one is waited for',
  async ([, forge]) => {
    const { looked } = await found((query) => [forge(query), truly(query)]);
    expect(looked).toMatchObject({
      kind: 'found',
      records: [{ exchange: 'mx.recipient.example' }],
      dnssec: 'secure',
    });
  },
);

test('RFC 5452 §9.1: what comes from another port is no answer', async () => {
  await using server = await dnsServer((query) => {
    server.sendFromElsewhere(answering(query, { answers: [FORGED] }));
    return [truly(query)];
  });
  await using resolver = await openedResolver(server.address);
  expect(await resolver.look(NAME, 'MX', oneLookUp())).toMatchObject({
    records: [{ exchange: 'mx.recipient.example' }],
  });
});

test('RFC 5452 §9.2: each question leaves with another port and another id', async () => {
  const ids = new Set<number>();
  await using server = await dnsServer((query) => {
    ids.add(query.readUInt16BE(0));
    return [answering(query, { answers: [] })];
  });
  await using resolver = await openedResolver(server.address);
  const names = Array.from({ length: 30 }, (_, at) => `n${at}.example`);
  await Promise.all(names.map(async (name) => resolver.look(name, 'MX', oneLookUp())));
  expect(server.ports.size).toBeGreaterThan(25);
  expect(ids.size).toBeGreaterThan(25);
});

const BROKEN: readonly (readonly [what: string, plays: (query: Buffer) => Buffer])[] = [
  ['octets after the last record', (query) => Buffer.concat([truly(query), Buffer.from('x')])],
  ['a record that is cut off', (query) => truly(query).subarray(0, -3)],
  [
    'more records announced than there are',
    (query) => {
      const octets = truly(query);
      octets.writeUInt16BE(1000, 6);
      return octets;
    },
  ],
  [
    'a name that points to itself',
    (query) => {
      const octets = truly(query);
      const at = query.indexOf(0, 12) + 5; // the owner of the first record
      octets.writeUInt16BE(0xc000 | at, at);
      return octets;
    },
  ],
  [
    'records of a name that is said not to exist',
    (query) => answering(query, { answers: [TRUE], rcode: 3 }),
  ],
  [
    'an alias and records of one name',
    (query) =>
      answering(query, { answers: [TRUE, { type: 'CNAME', name: NAME, data: 'a.example' }] }),
  ],
  [
    'two aliases of one name',
    (query) =>
      answering(query, {
        answers: [
          { type: 'CNAME', name: NAME, data: 'a.example' },
          { type: 'CNAME', name: NAME, data: 'b.example' },
        ],
      }),
  ],
];

test.for(BROKEN)('F6: an answer with %s is malformed, and never "none"', async ([, plays]) => {
  const { looked } = await found((query) => [plays(query)]);
  expect(looked).toMatchObject({ kind: 'failed', why: 'malformed' });
});

test('an answer that is cut off is asked again over TCP, whatever is left in it', async () => {
  const { looked, asked } = await found((query, over) =>
    over === 'UDP' ? [answering(query, { answers: [FORGED], flags: TC | AD })] : [truly(query)],
  );
  expect(looked).toMatchObject({ records: [{ exchange: 'mx.recipient.example' }] });
  expect(asked).toEqual([`UDP MX ${NAME}`, `TCP MX ${NAME}`]);
});

test('an answer that is cut off over TCP as well is malformed, after two tries', async () => {
  const { looked, asked } = await found((query) => [answering(query, { flags: TC })]);
  expect(looked).toMatchObject({ kind: 'failed', why: 'malformed' });
  expect(asked.length).toBe(4);
});

test('records that do not belong to the chain from the name asked for do not count', async () => {
  const { looked } = await found((query) => [
    answering(query, {
      answers: [
        { type: 'CNAME', name: NAME, data: 'Alias.Example' },
        mx('elsewhere.example', 'mx.attacker.example'),
        mx('alias.example', 'MX.True.Example'),
      ],
      flags: AD,
    }),
  ]);
  expect(looked).toMatchObject({
    records: [{ exchange: 'mx.true.example' }],
    alias: 'alias.example',
  });
});

test('F1: a chain of aliases that comes back to a name of itself is a fault', async () => {
  const { looked } = await found((query) => [
    answering(query, {
      answers: [
        { type: 'CNAME', name: NAME, data: 'b.example' },
        { type: 'CNAME', name: 'b.example', data: NAME },
      ],
    }),
  ]);
  expect(looked).toMatchObject({ kind: 'failed', why: 'alias loop' });
});

test('F1: a chain of a hundred aliases is a fault', async () => {
  const names = [NAME, ...Array.from({ length: 100 }, (_, at) => `a${at}.example`)];
  const aliases = names.slice(1).map((data, at) => {
    return { type: 'CNAME', name: names[at] ?? '', data } as const;
  });
  const { looked } = await found((query, over) => [
    over === 'UDP'
      ? answering(query, { flags: TC })
      : answering(query, { answers: [...aliases, mx('a99.example')] }),
  ]);
  expect(looked).toMatchObject({ kind: 'failed', why: 'alias loop' });
});

test('F6: a server that looks nothing up for others does not know that there is none', async () => {
  const { looked } = await found((query) => {
    const octets = answering(query, { authorities: [soa('example')] });
    octets.writeUInt16BE(octets.readUInt16BE(2) & ~0x0080, 2);
    return [octets];
  });
  expect(looked).toMatchObject({ kind: 'failed', why: 'refused' });
});

const RCODES = [
  ['FORMERR', 1, 'server failure'],
  ['SERVFAIL', 2, 'server failure'],
  ['NOTIMP', 4, 'refused'],
  ['REFUSED', 5, 'refused'],
  ['NOTZONE', 10, 'server failure'],
] as const;

test.for(RCODES)('F6: %s is a fault, and never "none"', async ([, rcode, why]) => {
  const { looked } = await found((query) => [answering(query, { rcode })]);
  expect(looked).toMatchObject({ kind: 'failed', why });
});

test('F6: an error that stands in the OPT record counts', async () => {
  const { looked } = await found((query) => {
    const octets = answering(query);
    // The root, type OPT, size, then the upper bits of the code: BADVERS, with 0 in the header.
    const opt = Buffer.from([0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0]);
    octets.writeUInt16BE(1, 10);
    return [Buffer.concat([octets, opt])];
  });
  expect(looked).toMatchObject({ kind: 'failed', why: 'server failure' });
});

test('a header alone, from a server that does not know EDNS, ends the wait with a fault', async () => {
  const { looked } = await found((query) => {
    const octets = Buffer.from(query.subarray(0, 12));
    octets.writeUInt16BE(0x8181, 2);
    octets.fill(0, 4);
    return [octets];
  });
  expect(looked).toMatchObject({ kind: 'failed', why: 'server failure' });
});

test('F3: bogus is what a believed resolver fails to answer, and answers unchecked', async () => {
  const CD = 0x0010;
  const { looked } = await found((query) => {
    const isUnchecked = (query.readUInt16BE(2) & CD) !== 0;
    return [answering(query, isUnchecked ? { answers: [FORGED] } : { rcode: 2 })];
  });
  expect(looked).toMatchObject({ kind: 'failed', why: 'bogus' });
});

test('F2: a resolver on this computer that sets no AD bit for the root vouches for nothing', async () => {
  await using server = await dnsServer((query) => {
    const isCanary = askedIn(query).type === 'SOA';
    return [isCanary ? answering(query, { answers: [soa('.')] }) : truly(query)];
  });
  await using resolver = await openedResolver(server.address);
  const looked = await resolver.look(NAME, 'MX', oneLookUp());
  expect(looked).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
});

test('F2: nor does one that sets it on an answer without the SOA record', async () => {
  await using server = await dnsServer((query) => [
    askedIn(query).type === 'SOA' ? answering(query, { flags: AD }) : truly(query),
  ]);
  await using resolver = await openedResolver(server.address);
  const looked = await resolver.look(NAME, 'MX', oneLookUp());
  expect(looked).toMatchObject({ kind: 'found', dnssec: 'unknown' });
});

test('F6: what one on this computer finds unsigned it may have been told in clear, by anybody', async () => {
  await using server = await dnsServer(
    validating((query) => [
      askedIn(query).name === NAME ? truly(query) : answering(query, { rcode: 3 }),
    ]),
  );
  await using resolver = await openedResolver(server.address);
  const unsigned = await resolver.look('other.example', 'MX', oneLookUp());
  expect(unsigned).toMatchObject({ kind: 'none', dnssec: 'insecure', inClear: true });
  const signed = await resolver.look(NAME, 'MX', oneLookUp());
  expect(signed).toMatchObject({ kind: 'found', dnssec: 'secure', inClear: false });
});

const NO_CANARY = [
  ['nothing', () => []],
  ['SERVFAIL', (query: Buffer) => [answering(query, { rcode: 2 })]],
] as const;

test.for(NO_CANARY)(
  'F2: a resolver that says %s of the root vouches for nothing, AD bit or not, and calls nothing bogus',
  async ([, canary]) => {
    const CD = 0x0010;
    await using server = await dnsServer((query) => {
      const { name, type } = askedIn(query);
      if (type === 'SOA') return canary(query);
      const isUnchecked = (query.readUInt16BE(2) & CD) !== 0;
      return name === NAME || isUnchecked ? [truly(query)] : [answering(query, { rcode: 2 })];
    });
    await using resolver = await openedResolver(server.address);
    const [vouched, bogus] = await Promise.all([
      resolver.look(NAME, 'MX', oneLookUp()),
      resolver.look('bogus.example', 'MX', oneLookUp()),
    ]);
    expect(vouched).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
    expect(bogus).toMatchObject({ kind: 'failed', why: 'server failure' });
  },
);

test('F2: a resolver in clear elsewhere is not believed, whatever bits it sets', async () => {
  await using server = await dnsServer(validating((query) => [truly(query)]));
  // Linux takes 0.0.0.0 for this computer; for us it is an address like any other out there.
  await using resolver = await openedResolver(`0.0.0.0:${server.port}`);
  expect(resolver.describe()).toMatchObject({ inClear: true });
  const looked = await resolver.look(NAME, 'MX', oneLookUp());
  expect(looked).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
  expect(server.asked).toEqual([`UDP MX ${NAME}`]);
});

test('a resolver that is gone is unreachable', async () => {
  const server = await dnsServer(() => []);
  await server[Symbol.asyncDispose]();
  await using resolver = await openedResolver(server.address);
  expect(await resolver.look(NAME, 'MX', oneLookUp())).toMatchObject({ why: 'unreachable' });
});

test.for(['[fe80::1%lo]:53', '255.255.255.255:53', '[ff02::1%lo]:53'])(
  'a resolver that no way leads to, %s, is a fault of the look-up, and of nothing else',
  async (address) => {
    await using resolver = await openedResolver(address);
    const looked = await resolver.look(NAME, 'MX', oneLookUp());
    expect(looked).toMatchObject({ kind: 'failed' });
  },
);

test('a resolver that says nothing does not hold up the end of the program', async () => {
  using _clock = stoppedClock();
  const closed = new AbortController();
  const signals: AbortSignal[] = [];
  const canary = new Canary(async (_, signal) => {
    signals.push(signal);
    return await beforeAbort(signal, () => undefined);
  }, closed.signal);
  const asking = canary.setsAuthentic(new AbortController().signal);
  closed.abort(new Error('the program ends'));
  await expect(asking).rejects.toThrow('the program ends');
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('a resolver that says nothing is asked twice, and then has timed out', async () => {
  const { looked, asked } = await found(() => []);
  expect(looked).toMatchObject({ kind: 'failed', why: 'timed out' });
  expect(asked.length).toBe(2);
});

test('a resolver whose answers over TCP are empty has timed out', async () => {
  const { looked } = await found((query, over) =>
    over === 'UDP' ? [answering(query, { flags: TC })] : [Buffer.alloc(0)],
  );
  expect(looked).toMatchObject({ kind: 'failed', why: 'timed out' });
});

test('the same is known to Node’s own resolver, which reads what is true here', async () => {
  await using server = await dnsServer((query) => [truly(query)]);
  const own = new DnsResolver();
  own.setServers([server.address]);
  expect(await own.resolveMx(NAME)).toEqual([{ priority: 10, exchange: 'mx.recipient.example' }]);
});
