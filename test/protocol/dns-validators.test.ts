import { expect, test } from 'vitest';
import { DELV } from '../../proxy/forecast/validation/delv.ts';
import type { LookUpType } from '../../proxy/forecast/dns/dns-records.ts';
import { IANA_ROOT_KEYS } from '../../proxy/forecast/validation/root-anchor.ts';
import { UNBOUND_HOST } from '../../proxy/forecast/validation/unbound-host.ts';

type Printed = readonly [name: string, type: LookUpType, printed: string, meant: unknown];

const secure = { dnssec: 'secure', alias: undefined };
const insecure = { dnssec: 'insecure', alias: undefined };

/** As unbound-host 1.17.1 prints it. */
const UNBOUND: readonly Printed[] = [
  [
    'a.example',
    'MX',
    'a.example. mail is handled by 10 MX.a.example. (secure)\na.example. mail is handled by 20 b\\.c.example. (secure)\n',
    {
      ...secure,
      kind: 'found',
      records: [
        { preference: 10, exchange: 'mx.a.example' },
        { preference: 20, exchange: 'b\\046c.example' },
      ],
    },
  ],
  [
    'a.example',
    'MX',
    'a.example. mail is handled by 0 . (insecure)\n',
    { ...insecure, kind: 'found', records: [{ preference: 0, exchange: '' }] },
  ],
  [
    'a.example',
    'TXT',
    'a.example. has TXT record "v=STSv1; \\"x\\\\" "\\001y (secure)" (insecure)\n',
    { ...insecure, kind: 'found', records: ['v=STSv1; "x\\\u0001y (secure)'] },
  ],
  [
    'a.example',
    'AAAA',
    'a.example. has IPv6 address 2001:db8::1 (secure)\n',
    { ...secure, kind: 'found', records: ['2001:db8::1'] },
  ],
  [
    '_25._tcp.mx.example',
    'TLSA',
    '_25._tcp.mx.example. has TLSA record 3 1 1 00AB (secure)\n',
    {
      ...secure,
      kind: 'found',
      records: [{ usage: 3, selector: 1, matchingType: 1, data: '00ab' }],
    },
  ],
  [
    'a.example',
    'A',
    'a.example. is an alias for B.example. (secure)\nB.example has address 192.0.2.1 (secure)\n',
    { dnssec: 'secure', alias: 'b.example', kind: 'found', records: ['192.0.2.1'] },
  ],
  [
    'a.example',
    'TLSA',
    'a.example. is an alias for b.example. (insecure)\nb.example has no TLSA record (insecure)\n',
    { dnssec: 'insecure', alias: 'b.example', kind: 'none', isNameAbsent: false },
  ],
  [
    'a.example',
    'CNAME',
    'a.example. has CNAME record B.example. (secure)\n',
    { ...secure, kind: 'found', records: ['b.example'] },
  ],
  [
    'a.example',
    'CNAME',
    'a.example. has no CNAME record (insecure)\n',
    { ...insecure, kind: 'none', isNameAbsent: false },
  ],
  [
    'a.example',
    'MX',
    'a.example. has no mail handler record (secure)\n',
    { ...secure, kind: 'none', isNameAbsent: false },
  ],
  [
    'a.example',
    'MX',
    'Host a.example. not found: 3(NXDOMAIN). (insecure)\n',
    { ...insecure, kind: 'none', isNameAbsent: true },
  ],
  ['a.example', 'MX', 'Host a.example. not found: 2(SERVFAIL). (error)\n', { kind: 'no answer' }],
  [
    'a.example',
    'A',
    'a.example. has no address (BOGUS (security failure))\nvalidation failure <a.example. A IN>: signature expired\n',
    { kind: 'bogus', detail: 'validation failure <a.example. A IN>: signature expired' },
  ],
];

test.for(UNBOUND)(
  'what unbound-host prints of %s %s is understood (%#)',
  ([name, type, printed, meant]) => {
    expect(UNBOUND_HOST.read(printed, { name, type })).toEqual(meant);
  },
);

/** What it must never be taken for an answer to the MX of a.example. */
const NO_UNBOUND = [
  '',
  '\n',
  'a.example. mail is handled by 10 mx.example.\n',
  'a.example. mail is handled by 10 mx.example. (perhaps)\n',
  'b.example. mail is handled by 10 mx.example. (secure)\n',
  'b.example. has no mail handler record (BOGUS (security failure))\n',
  'Host b.example. not found: 2(SERVFAIL). (error)\n',
  'a.example. has address 192.0.2.1 (secure)\n',
  'a.example. has no address (secure)\n',
  'a.example. mail is handled by 10 mx.example. (secure)\na.example. mail is handled by 20 mx.example. (insecure)\n',
  'a.example. mail is handled by 10 mx.example. (secure)\nb.example. mail is handled by 20 mx.example. (secure)\n',
  'a.example. is an alias for b.example. (secure)\n',
  'a.example. is an alias for b.example. (secure)\na.example. mail is handled by 10 mx.example. (secure)\n',
  'a.example. is an alias for b.example. (secure)\nb.example mail is handled by 10 mx.example. (insecure)\n',
  'Host a.example. not found: 3(NXDOMAIN). (secure)\nmore (secure)\n',
  'a.example. mail is handled by mx.example. (secure)\n',
  '/tmp/x:3: error: syntax error\n',
];

test.for(NO_UNBOUND)('F6: what unbound-host is not known to print is a fault: %j', (printed) => {
  expect(() => UNBOUND_HOST.read(printed, { name: 'a.example', type: 'MX' })).toThrow('malformed');
});

const RRSIG =
  "    - 'a.example. 300 IN RRSIG MX 13 3 300 20261222072327 20261122072327 1 example. AAAA'\n";

function delv(status: string, sections: string): string {
  return `type: DELV_RESULT\nquery_name: a.example\nstatus: ${status}\nrecords:\n${sections}`;
}

/** As delv 9.18.49 prints it. */
const DELVS: readonly Printed[] = [
  [
    'a.example',
    'CNAME',
    delv('success', "  - fully_validated:\n    - 'a.example. 299 IN CNAME B.example.'\n"),
    { ...secure, kind: 'found', records: ['b.example'] },
  ],
  [
    'a.example',
    'MX',
    delv('success', `  - fully_validated:\n    - 'a.example. 299 IN MX 10 mx.example.'\n${RRSIG}`),
    { ...secure, kind: 'found', records: [{ preference: 10, exchange: 'mx.example' }] },
  ],
  [
    'a.example',
    'TXT',
    delv(
      'success',
      '  - unsigned_answer:\n    - \'a.example. 299 IN TXT "it\'\'s" "\\195\\169"\'\n',
    ),
    { ...insecure, kind: 'found', records: ["it's\u00c3\u00a9"] },
  ],
  [
    'a.example',
    'TLSA',
    delv('success', "  - fully_validated:\n    - 'a.example. 299 IN TLSA 3 1 1 00AB CDEF'\n"),
    {
      ...secure,
      kind: 'found',
      records: [{ usage: 3, selector: 1, matchingType: 1, data: '00abcdef' }],
    },
  ],
  [
    'a.example',
    'MX',
    delv(
      'success',
      `  - fully_validated:\n    - 'a.example. 9 IN CNAME B.example.'\n${RRSIG}  - unsigned_answer:\n    - 'b.example. 9 IN MX 1 mx.example.'\n`,
    ),
    {
      dnssec: 'insecure',
      alias: 'b.example',
      kind: 'found',
      records: [{ preference: 1, exchange: 'mx.example' }],
    },
  ],
  [
    'a.example',
    'MX',
    delv(
      'ncache nxrrset',
      "  - fully_validated:\n    - 'a.example. 63 IN CNAME b.example.'\n    - 'b.example. 62 IN \\-MX ;-$NXRRSET'\n    - 'b.example. RRSIG NSEC ...'\n",
    ),
    { dnssec: 'secure', alias: 'b.example', kind: 'none', isNameAbsent: false },
  ],
  [
    'a.example',
    'MX',
    delv(
      'ncache nxdomain',
      "  - negative_response_unsigned_answer:\n    - 'a.example. 62 IN \\-ANY ;-$NXDOMAIN'\n    - 'example. SOA ns.example. h.example. 1 1 1 1 1'\n",
    ),
    { ...insecure, kind: 'none', isNameAbsent: true },
  ],
  ['a.example', 'MX', delv('failure', ''), { kind: 'no answer' }],
  ['a.example', 'MX', delv('timed out', ''), { kind: 'no answer' }],
  [
    'a.example',
    'MX',
    delv('broken trust chain', ''),
    { kind: 'bogus', detail: 'broken trust chain' },
  ],
];

test.for(DELVS)('what delv prints of %s %s is understood (%#)', ([name, type, printed, meant]) => {
  expect(DELV.read(printed, { name, type })).toEqual(meant);
});

const FOUND = "    - 'a.example. 299 IN MX 10 mx.example.'\n";

const NO_DELV = [
  '',
  delv('success', ''),
  delv('success', `  - answer_not_validated:\n${FOUND}`),
  delv('success', `  - pending_answer:\n${FOUND}`),
  delv('success', `  - fully_validated:\n${FOUND}  - glue:\n${FOUND}`),
  delv('success', "  - fully_validated:\n    - 'b.example. 299 IN MX 10 mx.example.'\n"),
  delv('success', "  - fully_validated:\n    - 'a.example. 299 IN A 192.0.2.1'\n"),
  delv('success', "  - fully_validated:\n    - 'a.example. 9 IN CNAME b.example.'\n"),
  delv('success', FOUND),
  delv('ncache nxrrset', `  - fully_validated:\n${FOUND}`),
  delv('success', `  - fully_validated:\n${FOUND}`).replace('a.example', 'b.example'),
  `;; something went wrong\n`,
];

test.for(NO_DELV)('F6: what delv is not known to print is a fault: %j', (printed) => {
  expect(() => DELV.read(printed, { name: 'a.example', type: 'MX' })).toThrow('malformed');
});

const ROOT = 'ns.example. h.example. 1 3600 600 86400 300';
const rootBy = (trust: string) =>
  `type: DELV_RESULT\nquery_name: .\nstatus: success\nrecords:\n  - ${trust}:\n    - '. 9 IN SOA ${ROOT}'\n`;

test('the root is secure when a validator says so, and in no other case', () => {
  expect(UNBOUND_HOST.readRoot(`. has SOA record ${ROOT} (secure)\n`)).toBe('secure');
  expect(DELV.readRoot(rootBy('fully_validated'))).toBe('secure');

  for (const printed of [
    `. has SOA record ${ROOT} (insecure)\n`,
    `. has SOA record ${ROOT} (BOGUS (security failure))\nvalidation failure <. SOA IN>: no keys\n`,
    `. has SOA record ${ROOT} (secure)\n. has SOA record ${ROOT} (secure)\n`,
    '. has no SOA record (secure)\n',
    'Host . not found: 2(SERVFAIL). (error)\n',
  ]) {
    expect(UNBOUND_HOST.readRoot(printed), printed).toBe('not secure');
  }
  for (const printed of [
    rootBy('unsigned_answer'),
    'type: DELV_RESULT\nquery_name: .\nstatus: broken trust chain\nrecords:\n',
    'type: DELV_RESULT\nquery_name: .\nstatus: timed out\nrecords:\n',
  ]) {
    expect(DELV.readRoot(printed), printed).toBe('not secure');
  }
});

test.for(['', 'usage: [options] name\n', 'a.example. has SOA record x (secure)\n', '. (secure)'])(
  'F6: what says nothing of the root is a fault of the program: %j',
  (printed) => {
    expect(() => UNBOUND_HOST.readRoot(printed)).toThrow('malformed');
    expect(() => DELV.readRoot(printed)).toThrow('malformed');
  },
);

test('validators trust IANA’s keys of the root, and ask this computer alone', () => {
  const unbound = UNBOUND_HOST.configuration(4711, IANA_ROOT_KEYS);
  expect(unbound).toContain('trust-anchor: ". IN DS 20326 8 2 E06D44B8');
  expect(unbound).toContain('trust-anchor: ". IN DS 38696 8 2 683D2D0A');
  expect(unbound).toContain('forward-addr: 127.0.0.1@4711\n');
  expect(unbound).toContain('outgoing-interface: 127.0.0.1\n');

  const place = { port: 4711, configurationFile: '/x/1' };
  expect(DELV.configuration(4711, IANA_ROOT_KEYS)).toContain('. static-ds 38696 8 2 "683D2D0A');
  expect(DELV.arguments({ name: 'mx', type: 'A' }, place).slice(-4)).toEqual([
    '-t',
    'A',
    '-q',
    'mx.',
  ]);
  expect(UNBOUND_HOST.arguments({ name: '192.0.2.1', type: 'A' }, place).at(-1)).toBe('192.0.2.1.');
});
