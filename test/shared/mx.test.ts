import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostsInOrder, isNullMx, MAX_HOSTS, type MailExchanger } from '../../shared/forecast/mx.ts';
import { failed, found, none } from './forecast-facts.ts';

const mx = (preference: number, exchange: string): MailExchanger => ({ preference, exchange });

function hostsOf(...records: MailExchanger[]): readonly string[] {
  return hostsInOrder('example.org', found(records)).hosts;
}

test('F1, RFC 5321 §5.1: the host of lowest preference comes first', () => {
  expect(hostsOf(mx(20, 'second.example'), mx(10, 'first.example'))).toEqual([
    'first.example',
    'second.example',
  ]);
});

test('F1: hosts of the same preference stand in the order of their names', () => {
  expect(hostsOf(mx(10, 'b.example'), mx(10, 'a.example'), mx(5, 'c.example'))).toEqual([
    'c.example',
    'a.example',
    'b.example',
  ]);
});

test('F1: in whatever order the records come, the hosts are the same', () => {
  const record = fc.record({
    preference: fc.integer({ min: 0, max: 3 }),
    exchange: fc.constantFrom('a.example', 'B.example', 'c.example.', 'localhost', '', '192.0.2.1'),
  });
  fc.assert(
    fc.property(fc.array(record), fc.func(fc.integer()), (records, rank) => {
      const other = records.toSorted((one, two) => rank(one) - rank(two));
      expect(hostsOf(...other)).toEqual(hostsOf(...records));
      expect(hostsOf(...records.toReversed())).toEqual(hostsOf(...records));
    }),
  );
});

test('F1: a host that is named twice, in whatever case, is looked at once', () => {
  expect(hostsOf(mx(10, 'MX.example.'), mx(20, 'mx.example'), mx(10, 'mx.example'))).toEqual([
    'mx.example',
  ]);
});

test('F1, RFC 7505 §3: a single record of preference 0 and the root says that there is no mail', () => {
  expect(isNullMx([mx(0, '')])).toBe(true);
  expect(isNullMx([mx(0, '.')])).toBe(true);
  expect(hostsOf(mx(0, ''))).toEqual([]);
});

test('F1, RFC 7505 §3: the root beside another host is no null MX, and no host either', () => {
  const records = [mx(0, ''), mx(10, 'mx.example')];
  expect(isNullMx(records)).toBe(false);
  expect(hostsOf(...records)).toEqual(['mx.example']);
  expect(isNullMx([mx(0, ''), mx(0, '')])).toBe(false);
  expect(isNullMx([mx(10, '')])).toBe(false);
  expect(isNullMx([])).toBe(false);
});

test('F1, RFC 5321 §5.1: without MX records mail goes to the domain itself', () => {
  expect(hostsInOrder('example.org', none()).hosts).toEqual(['example.org']);
});

test('F1, RFC 5321 §5.1: without MX records at the end of an alias mail goes to that end', () => {
  const hosts = hostsInOrder('www.example.org', none('secure', { alias: 'web.example.net' })).hosts;
  expect(hosts).toEqual(['web.example.net']);
});

test('F1, RFC 5321 §5.1: where there is no such name there is no host', () => {
  expect(hostsInOrder('example.org', none('secure', { isNameAbsent: true })).hosts).toEqual([]);
});

test('F1: an error in the DNS leads to no host, least of all to the domain itself', () => {
  expect(hostsInOrder('example.org', failed()).hosts).toEqual([]);
});

test.each([
  ['an address', '192.0.2.1'],
  ['an IPv6 address', '2001:db8::1'],
  ['an address in brackets', '[192.0.2.1]'],
  ['this computer', 'localhost'],
  ['a single label', 'mail'],
  ['a line break', 'mx.example\r\nMAIL FROM:<>'],
  ['a wildcard', '*.example'],
  ['a name that is too long', `${'a.'.repeat(130)}example`],
])('F1: %s is no mail host, and is not passed on', (_, exchange) => {
  expect(hostsOf(mx(10, exchange), mx(20, 'mx.example'))).toEqual(['mx.example']);
  expect(hostsOf(mx(10, exchange))).toEqual([]);
});

test('F1: of 1000 MX records the best ten are looked at, and that there are more is told', () => {
  const records = Array.from({ length: 1000 }, (_, n) => mx(1000 - n, `mx${n}.example`));
  const { hosts, moreHosts } = hostsInOrder('example.org', found(records));
  expect(MAX_HOSTS).toBe(10);
  expect(hosts).toEqual(Array.from({ length: 10 }, (_, n) => `mx${999 - n}.example`));
  expect(moreHosts).toBe(true);
});

test('F1: where all hosts are looked at there are no more', () => {
  const records = Array.from({ length: 10 }, (_, n) => mx(n, `mx${n}.example`));
  const twice = [...records, ...records, mx(99, 'localhost')];
  expect(hostsInOrder('example.org', found(twice)).moreHosts).toBe(false);
});
