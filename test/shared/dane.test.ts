import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  aliasToLookUp,
  daneNames,
  matchesDane,
  tlsaBases,
  tlsaOwner,
  usableTlsa,
  type TlsaRecord,
} from '../../shared/forecast/dane.ts';
import type { Looked } from '../../shared/forecast/facts.ts';
import { certificate, failed, found, keyRecord, none, presented } from './forecast-facts.ts';

const OWN = certificate('own');
const ISSUER = certificate('issuer');
const ROOT = certificate('root');
const OTHER = certificate('other');
const NAMES = ['mx.example.org'];

function record(numbers: string, data: string): TlsaRecord {
  const [usage = NaN, selector = NaN, matchingType = NaN] = numbers.split(' ').map(Number);
  return { usage, selector, matchingType, data };
}

test('RFC 6698 §3: the records of a mail server are at its port and name', () => {
  expect(tlsaOwner('mx.example.org')).toBe('_25._tcp.mx.example.org');
  expect(tlsaOwner('mx.example.org', 2525)).toBe('_2525._tcp.mx.example.org');
});

const MX = [{ preference: 0, exchange: 'mx.example.org' }];
const NEXT_HOP = { domain: 'example.org', mx: found(MX) };

/** The TLSA base domains of a host with these addresses. */
function bases(addresses: Looked<unknown>, cname?: Looked<unknown>, nextHop = NEXT_HOP) {
  return tlsaBases({ host: 'mx.example.org', addresses, cname }, nextHop);
}

test('F3, RFC 7672 §2.2.2: TLSA is asked for only where the addresses are signed', () => {
  expect(bases(found([]))).toEqual(['mx.example.org']);
  expect(bases(found([], 'insecure'))).toEqual([]);
  expect(bases(found([], 'unknown'))).toEqual([]);
  expect(bases(none())).toEqual([]);
  expect(bases(failed())).toEqual([]);
});

const ALIAS = { alias: 'server.example.net' };

test('F3, RFC 7672 §2.2.2: a host that is an alias is asked for at its end, then at itself', () => {
  const insecure = { ...NEXT_HOP, mx: found(MX, 'insecure') };
  for (const nextHop of [NEXT_HOP, insecure]) {
    const asked = bases(found([], 'secure', ALIAS), undefined, nextHop);
    expect(asked).toEqual(['server.example.net', 'mx.example.org']);
  }
});

test('F3, RFC 7672 §2.2.2: an alias of what is not signed is asked for at itself if it is signed', () => {
  const addresses = found([], 'insecure', ALIAS);
  expect(bases(addresses, found(['server.example.net']))).toEqual(['mx.example.org']);
  expect(bases(addresses, found(['server.example.net'], 'insecure'))).toEqual([]);
  expect(bases(addresses, found(['server.example.net'], 'unknown'))).toEqual([]);
  expect(bases(addresses, failed())).toEqual([]);
  expect(bases(addresses)).toEqual([]);
  expect(bases(found([], 'unknown', ALIAS), found(['server.example.net']))).toEqual([]);
});

test('F3, RFC 7672 §2.2.2: only of an alias of what is not signed CNAME is looked up', () => {
  const host = 'mx.example.org';
  const unsigned = { host, addresses: found([], 'insecure', ALIAS) };
  expect(aliasToLookUp(unsigned, NEXT_HOP)).toBe(host);
  for (const addresses of [found([], 'insecure'), found([], 'secure', ALIAS), none(), failed()]) {
    expect(aliasToLookUp({ host, addresses }, NEXT_HOP)).toBeUndefined();
  }
});

test('F3, RFC 7672 §2.2.2: without MX records the chain of aliases begins at the domain', () => {
  const of = { host: 'server.example.net', addresses: found([]) };
  const nextHop = { domain: 'example.org', mx: none('secure', ALIAS) };
  expect(tlsaBases(of, nextHop)).toEqual(['server.example.net', 'example.org']);
  expect(tlsaBases(of, { ...nextHop, mx: none('insecure', ALIAS) })).toEqual([
    'server.example.net',
  ]);
  const unsigned = { ...of, addresses: found([], 'insecure') };
  expect(aliasToLookUp(unsigned, nextHop)).toBe('example.org');
  expect(tlsaBases({ ...unsigned, cname: found([]) }, nextHop)).toEqual(['example.org']);
  const itself = { host: 'example.org', addresses: found([]) };
  expect(tlsaBases(itself, { domain: 'example.org', mx: none() })).toEqual(['example.org']);
});

const SHA256 = OWN.publicKey.sha256;
const SHA512 = OWN.publicKey.sha512;

test.each(['3 1 1', '3 0 1', '2 1 1', '2 0 1'])('F3, RFC 7672 §3.1: %s can be used', (numbers) => {
  expect(usableTlsa([record(numbers, SHA256)])).toHaveLength(1);
});

test('F3, RFC 6698 §2.1.3: SHA-512 and the octets in full can be used', () => {
  expect(usableTlsa([record('3 1 2', SHA512), record('2 0 0', OWN.certificate.full)])).toHaveLength(
    2,
  );
});

test.each([
  ['PKIX-TA, RFC 7672 §3.1.3', '0 0 1', SHA256],
  ['PKIX-EE, RFC 7672 §3.1.3', '1 1 1', SHA256],
  ['a usage that is not known', '4 1 1', SHA256],
  ['a private usage', '255 1 1', SHA256],
  ['a selector that is not known', '3 2 1', SHA256],
  ['a matching type that is not known', '3 1 3', SHA256],
  ['SHA-256 that is too short', '3 1 1', SHA256.slice(2)],
  ['SHA-256 that is too long', '3 1 1', `${SHA256}00`],
  ['SHA-512 in place of SHA-256', '3 1 1', SHA512],
  ['SHA-256 in place of SHA-512', '3 1 2', SHA256],
  ['no octets', '3 1 0', ''],
  ['half an octet', '3 1 0', 'abc'],
  ['no hex', '3 1 0', 'zz'],
  ['SHA-256 in place of the octets in full', '3 1 0', SHA256],
  ['octets that are no certificate', '3 0 0', 'deadbeef'],
  ['a part of the octets in full', '3 1 0', OWN.publicKey.full.slice(0, -2)],
  ['more than the octets in full', '3 1 0', `${OWN.publicKey.full}00`],
  ['octets in full whose length is cut off', '3 1 0', '3082'],
  ['octets in full of a length without end', '3 1 0', '3080aa'],
])('F3, RFC 7672 §3.1: unusable: %s', (_, numbers, data) => {
  expect(usableTlsa([record(numbers, data)])).toEqual([]);
  expect(matchesDane([record(numbers, data)], presented(), NAMES)).toBe('no');
});

test.each([
  ['127 octets', `307f${'00'.repeat(127)}`],
  ['128 octets', `308180${'00'.repeat(128)}`],
  ['256 octets', `30820100${'00'.repeat(256)}`],
])('F3, RFC 6698 §2.1.3: the octets of a certificate of %s can be used', (_, data) => {
  expect(usableTlsa([record('3 0 0', data)])).toHaveLength(1);
});

test('F3, RFC 7672 §3.1.1: the certificate itself matches by each selector and matching type', () => {
  const matching = [
    record('3 0 0', OWN.certificate.full),
    record('3 0 1', OWN.certificate.sha256),
    record('3 0 2', OWN.certificate.sha512),
    record('3 1 0', OWN.publicKey.full),
    record('3 1 1', OWN.publicKey.sha256),
    record('3 1 2', OWN.publicKey.sha512),
  ];
  for (const each of matching) {
    expect(matchesDane([each], presented(), NAMES)).toBe('yes');
    const changed = each.data.startsWith('0') ? '1' : '0';
    const other = { ...each, data: changed + each.data.slice(1) };
    expect(matchesDane([other], presented(), NAMES)).toBe('no');
    expect(matchesDane([other, each], presented(), NAMES)).toBe('yes');
  }
});

test('F3: the digest of the key is not the digest of the certificate', () => {
  expect(matchesDane([record('3 0 1', OWN.publicKey.sha256)], presented(), NAMES)).toBe('no');
  expect(matchesDane([record('3 1 1', OWN.certificate.sha256)], presented(), NAMES)).toBe('no');
});

test('F3, RFC 7672 §3.1.1: for DANE-EE neither names nor authorities count', () => {
  const odd = presented({ pkixFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(matchesDane([keyRecord()], odd, NAMES)).toBe('yes');
});

test('F3, RFC 7672 §3.1.1: DANE-EE is about the server’s own certificate, not its issuer’s', () => {
  expect(matchesDane([keyRecord(ISSUER)], presented(), NAMES)).toBe('no');
});

const ISSUER_RECORD = record('2 0 1', ISSUER.certificate.sha256);
const LONG = presented({ chain: [OWN, ISSUER, ROOT], pkixFault: 'SELF_SIGNED_CERT_IN_CHAIN' });

test('F3, RFC 7672 §3.1.2: DANE-TA is about any certificate above the server’s own', () => {
  expect(matchesDane([ISSUER_RECORD], LONG, NAMES)).toBe('yes');
  expect(matchesDane([record('2 1 2', ROOT.publicKey.sha512)], LONG, NAMES)).toBe('yes');
  expect(matchesDane([record('2 0 1', OTHER.certificate.sha256)], LONG, NAMES)).toBe('no');
  expect(matchesDane([record('2 0 1', OWN.certificate.sha256)], LONG, NAMES)).toBe('no');
});

test('F3, RFC 7672 §3.1.2: for DANE-TA the certificate must name the host', () => {
  const other = { ...LONG, dnsNames: ['other.example.org'] };
  expect(matchesDane([ISSUER_RECORD], other, NAMES)).toBe('no');
});

test.each([
  [['mx.example.org'], 'yes'],
  [['*.example.org'], 'yes'],
  [['example.net', 'mx.example.org'], 'yes'],
  [['example.org'], 'no'],
  [['*.mx.example.org'], 'no'],
  [['*'], 'no'],
  [['*.org'], 'no'],
  // The common name may be one, which some relays take and some do not.
  [[], 'unknown'],
])('F3, RFC 7672 §3.2.3: a certificate for %j names mx.example.org: %s', (dnsNames, isNamed) => {
  const certificates = { ...LONG, dnsNames };
  expect(matchesDane([ISSUER_RECORD], certificates, NAMES)).toBe(isNamed);
});

test('F3, RFC 7672 §3.2.2: a host is called by the TLSA base domain, and a domain with secure MX', () => {
  const base = 'server.example.net';
  const secure = { domain: 'example.org', mx: found(MX, 'secure', { alias: 'example.com' }) };
  expect(daneNames(base, secure)).toEqual([base, 'example.org', 'example.com']);
  expect(daneNames(base, NEXT_HOP)).toEqual([base, 'example.org']);
  const insecure = { domain: 'example.org', mx: found(MX, 'insecure', { alias: 'example.com' }) };
  expect(daneNames(base, insecure)).toEqual([base]);
  expect(daneNames(base, { domain: 'example.org', mx: failed() })).toEqual([base]);
});

test('F3, RFC 7672 §3.2.2: without MX records the domain is called by its own name too', () => {
  const mx = none('secure', { alias: 'server.example.net' });
  const names = daneNames('server.example.net', { domain: 'example.org', mx });
  expect(names).toEqual(['server.example.net', 'example.org']);
  expect(daneNames('example.org', { domain: 'example.org', mx: none() })).toEqual(['example.org']);
});

const ANSWERS = ['yes', 'no', 'unknown'] as const;

test.each(ANSWERS)(
  'F3, RFC 7671 §5.2: whether an issuer can vouch for the server: %s',
  (answer) => {
    const chain = [OWN, certificate('issuer', answer), ROOT];
    expect(matchesDane([ISSUER_RECORD], { ...LONG, chain }, NAMES)).toBe(answer);
  },
);

test.each(ANSWERS)('F3, RFC 7671 §5.1: whether a server vouches for itself: %s', (answer) => {
  const chain = [certificate('own', answer), ISSUER];
  expect(matchesDane([keyRecord()], presented({ chain }), NAMES)).toBe(answer);
});

test('F3, RFC 7671 §5.2: what others of those presented could vouch for is no matter', () => {
  const chain = [certificate('own', 'unknown'), ISSUER, certificate('root', 'no')];
  expect(matchesDane([ISSUER_RECORD], { ...LONG, chain }, NAMES)).toBe('yes');
});

test('F3, RFC 7672 §3.2.3: a name that may be one mends no path that does not hold', () => {
  const unnamed = { dnsNames: [] };
  const chain = [OWN, certificate('issuer', 'no')];
  expect(matchesDane([ISSUER_RECORD], { ...LONG, ...unnamed, chain }, NAMES)).toBe('no');
});

test('F3, RFC 7671 §5.2.2, §5.2.3: an anchor whose octets are in the DNS need not be presented', () => {
  for (const numbers of ['2 0 0', '2 1 0']) {
    const full = record(numbers, OTHER.publicKey.full);
    expect(matchesDane([full], presented(), NAMES)).toBe('unknown');
    const other = presented({ dnsNames: ['other.example.org'] });
    expect(matchesDane([full], other, NAMES)).toBe('no');
    expect(matchesDane([full, keyRecord()], presented(), NAMES)).toBe('yes');
  }
});

test('F3, RFC 7671 §9: beside SHA-512 a SHA-256 of the same usage and selector does not count', () => {
  const weak = record('3 1 1', OWN.publicKey.sha256);
  const wrong = OTHER.publicKey.sha512;
  expect(matchesDane([weak, record('3 1 2', wrong)], presented(), NAMES)).toBe('no');
  expect(matchesDane([weak, record('3 1 2', OWN.publicKey.sha512)], presented(), NAMES)).toBe(
    'yes',
  );
});

test('F3, RFC 7671 §9: SHA-512 of another selector or usage, or one that is unusable, is no matter', () => {
  const weak = record('3 1 1', OWN.publicKey.sha256);
  const wrong = OTHER.publicKey.sha512;
  for (const other of ['3 0 2', '2 1 2', '1 1 2']) {
    expect(matchesDane([weak, record(other, wrong)], presented(), NAMES), other).toBe('yes');
  }
  expect(matchesDane([weak, record('3 1 2', wrong.slice(2))], presented(), NAMES)).toBe('yes');
});

test('F3, RFC 7671 §9: the octets in full always count', () => {
  const full = record('3 1 0', OWN.publicKey.full);
  expect(matchesDane([full, record('3 1 2', OTHER.publicKey.sha512)], presented(), NAMES)).toBe(
    'yes',
  );
});

test('F3: without records or without certificates nothing matches', () => {
  expect(matchesDane([], presented(), NAMES)).toBe('no');
  expect(matchesDane([keyRecord()], presented({ chain: [] }), NAMES)).toBe('no');
});

test('F3: in whatever order the records come, they match the same and are the same', () => {
  const digest = fc.constantFrom(OWN, ISSUER, OTHER).map(({ publicKey }) => publicKey);
  const some = fc
    .tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(0, 1), fc.constantFrom(0, 1, 2), digest)
    .map(([usage, selector, matchingType, key]) => ({
      usage,
      selector,
      matchingType,
      data: [key.full, key.sha256, key.sha512][matchingType] ?? '',
    }));
  fc.assert(
    fc.property(fc.array(some, { maxLength: 6 }), (records) => {
      const reversed = records.toReversed();
      expect(usableTlsa(reversed)).toEqual(usableTlsa(records));
      expect(matchesDane(reversed, LONG, NAMES)).toBe(matchesDane(records, LONG, NAMES));
    }),
  );
});
