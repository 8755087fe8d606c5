import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { domainName, domainOf, hostName, isAddressLiteral } from '../../shared/forecast/domain.ts';

test('F7: of an address only what follows the last @ is taken', () => {
  expect(domainOf('ada@example.org')).toBe('example.org');
  expect(domainOf('"ada@home"@example.org')).toBe('example.org');
  expect(domainOf('"@"@[192.0.2.1]')).toBe('[192.0.2.1]');
  expect(domainOf('example.org')).toBe('example.org');
  expect(domainOf(' ada@example.org ')).toBe('example.org');
  expect(domainOf('ada@')).toBe('');
});

test('F7: nothing of a local part is ever in the domain, whatever the local part is', () => {
  fc.assert(
    fc.property(fc.string(), (localPart) => {
      expect(domainOf(`${localPart}@example.org`)).toBe('example.org');
    }),
  );
});

test('RFC 5321 §4.1.3: mail for an address literal does not go by the DNS', () => {
  for (const literal of ['[192.0.2.1]', '[IPv6:2001:db8::1]', '[]', '[x-tag:anything]']) {
    expect(isAddressLiteral(literal), literal).toBe(true);
    expect(domainName(literal), literal).toBeUndefined();
  }
  expect(isAddressLiteral('example.org')).toBe(false);
});

const LABEL_63 = 'a'.repeat(63);
const NAME_253 = `${LABEL_63}.${LABEL_63}.${LABEL_63}.${'b'.repeat(61)}`;

test.each([
  ['example.org', 'example.org'],
  ['EXAMPLE.Org.', 'example.org'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['a_b.example', 'a_b.example'],
  ['1.example', '1.example'],
  [`${LABEL_63}.example`, `${LABEL_63}.example`],
  [NAME_253, NAME_253],
  [`${NAME_253}.`, NAME_253],
])('a domain name: %.40s', (written, name) => {
  expect(domainName(written)).toBe(name);
});

test.each([
  ['nothing', ''],
  ['the root', '.'],
  ['one label', 'localhost'],
  ['one label and a final dot', 'localhost.'],
  ['an empty label', 'a..example'],
  ['a leading dot', '.example.org'],
  ['two final dots', 'example.org..'],
  ['an IPv4 address', '192.0.2.1'],
  ['what some programs read as an IPv4 address', '0x7f.1'],
  ['that too', '127.0x1'],
  ['an IPv6 address', '2001:db8::1'],
  ['a port', 'example.org:25'],
  ['a blank', 'example .org'],
  ['a line break', 'example.org\r\n'],
  ['NUL', 'exam\0ple.org'],
  ['a steering octet', '\u001b[2Jexample.org'],
  ['a slash', 'example.org/x'],
  ['a wildcard', '*.example.org'],
  ['an @', 'ada@example.org'],
  ['a U-label', 'bücher.example'],
  ['KELVIN SIGN, whose lower case is a letter of ASCII', '\u212Aelvin.example'],
  ['a label that begins with a hyphen', '-a.example'],
  ['a label that ends with a hyphen', 'a-.example'],
  ['a label of 64', `${'a'.repeat(64)}.example`],
  ['254 octets', `a${NAME_253}`],
  ['much', 'a.'.repeat(100_000)],
])('no domain name: %s', (_, written) => {
  expect(domainName(written)).toBeUndefined();
});

test('a name is the same name when it is read again, and holds nothing but names', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.string()), (written) => {
      const name = domainName(written);
      if (name === undefined) return;
      expect(name).toMatch(/^[a-z0-9_.-]{3,253}$/);
      expect(domainName(name)).toBe(name);
      expect(hostName(name)).toBe(name);
    }),
  );
});
