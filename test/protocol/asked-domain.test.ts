import { expect, test } from 'vitest';
import { askedDomain } from '../../proxy/forecast/asked-domain.ts';

test.each([
  ['example.org', 'example.org'],
  ['EXAMPLE.Org', 'example.org'],
  ['example.org.', 'example.org'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['BÜCHER.example', 'xn--bcher-kva.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['例え。テスト', 'xn--r8jz45g.xn--zckzah'],
  ['a_b.example', 'a_b.example'],
])('UTS #46: %j is the domain %s', (text, domain) => {
  expect(askedDomain(text)).toEqual({ kind: 'domain', domain });
});

test.each([
  ['nothing', ''],
  ['a single label', 'localhost'],
  ['an address', 'ada@example.org'],
  ['an IPv4 address', '192.0.2.1'],
  ['one in full width', '１９２.０.２.１'],
  ['one in another spelling', '0x7f.1'],
  ['an IPv6 address', '2001:db8::1'],
  ['a port', 'example.org:25'],
  ['a path', 'example.org/x'],
  ['a percent sign', 'ex%61mple.org'],
  ['a blank', 'exa mple.org'],
  ['a line break', 'example.org\r\nMAIL'],
  ['NUL', 'exam\0ple.org'],
  ['an empty label', 'a..example'],
  ['a label of 64 octets', `${'a'.repeat(64)}.example`],
  ['254 octets', `a${'a.'.repeat(123)}example`],
  ['a word for an option', '-t.example'],
  ['much too much', 'ä'.repeat(100_000)],
  ['a false A-label', 'xn--zzzzzz.example'],
  ['a name of Tor', 'abc.onion'],
  ['a name of this computer', 'mail.localhost'],
  ['a name that never is', 'example.INVALID'],
  ['a name of another system', 'name.alt'],
])('F7: nothing is looked up for %s', (_what, text) => {
  expect(askedDomain(text)).toEqual({ kind: 'none', reason: 'not a domain' });
});

test.each(['[192.0.2.1]', '[IPv6:2001:db8::1]'])(
  'RFC 5321 §4.1.3: mail for %s does not go by the DNS',
  (text) => {
    expect(askedDomain(text)).toEqual({ kind: 'none', reason: 'address literal' });
  },
);
