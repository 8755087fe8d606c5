import { expect, test } from 'vitest';
import { isPublicAddress } from '../../proxy/forecast/special-addresses.ts';

/** The first and the last address of each block in IANA's registries, and what is beside them. */
const IPV4_BLOCKS: readonly (readonly [block: string, first: string, last: string])[] = [
  ['0.0.0.0/8, this network', '0.0.0.0', '0.255.255.255'],
  ['10.0.0.0/8, private use', '10.0.0.0', '10.255.255.255'],
  ['100.64.0.0/10, shared by customers of a provider', '100.64.0.0', '100.127.255.255'],
  ['127.0.0.0/8, loopback', '127.0.0.0', '127.255.255.255'],
  ['169.254.0.0/16, link local', '169.254.0.0', '169.254.255.255'],
  ['172.16.0.0/12, private use', '172.16.0.0', '172.31.255.255'],
  ['192.0.0.0/24, protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['192.0.2.0/24, documentation', '192.0.2.0', '192.0.2.255'],
  ['192.31.196.0/24, AS112', '192.31.196.0', '192.31.196.255'],
  ['192.52.193.0/24, AMT', '192.52.193.0', '192.52.193.255'],
  ['192.88.99.0/24, 6to4 relays', '192.88.99.0', '192.88.99.255'],
  ['192.168.0.0/16, private use', '192.168.0.0', '192.168.255.255'],
  ['192.175.48.0/24, AS112', '192.175.48.0', '192.175.48.255'],
  ['198.18.0.0/15, benchmarking', '198.18.0.0', '198.19.255.255'],
  ['198.51.100.0/24, documentation', '198.51.100.0', '198.51.100.255'],
  ['203.0.113.0/24, documentation', '203.0.113.0', '203.0.113.255'],
  ['224.0.0.0/4, multicast', '224.0.0.0', '239.255.255.255'],
  ['240.0.0.0/4, reserved, and broadcast', '240.0.0.0', '255.255.255.255'],
];

const IPV6_BLOCKS: readonly (readonly [block: string, first: string, last: string])[] = [
  ['::/96, compatible with IPv4 and loopback', '::', '::ffff:ffff'],
  ['::1, loopback', '::1', '::1'],
  ['::ffff:0:0/96, mapped', '::ffff:0.0.0.0', '::ffff:255.255.255.255'],
  ['::ffff:0:0/96, mapped, in hex', '::ffff:808:808', '::ffff:7f00:1'],
  ['::ffff:0:0:0/96, translated', '::ffff:0:808:808', '::ffff:0:ffff:ffff'],
  ['64:ff9b:1::/48, NAT64 of a network', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:808:808'],
  ['100::/64, discarded', '100::', '100::ffff:ffff:ffff:ffff'],
  ['100:0:0:1::/64, dummy', '100:0:0:1::', '100::1:ffff:ffff:ffff:ffff'],
  ['2001::/23, protocol assignments, Teredo', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:2::/48, benchmarking', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['2001:10::/28, ORCHID', '2001:10::', '2001:1f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:20::/28, ORCHIDv2', '2001:20::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::/32, documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::/16, 6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2620:4f:8000::/48, AS112', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::/20, documentation', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::/16, segment routing', '5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['4000::/3, not given out', '4000::', '5fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::/7, unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::/10, link local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fec0::/10, site local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::/8, multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

test.for([...IPV4_BLOCKS, ...IPV6_BLOCKS])(
  'RFC 6890: nobody connects to %s because the DNS says so',
  ([, first, last]) => {
    expect([first, last].filter(isPublicAddress)).toEqual([]);
  },
);

test.for(IPV4_BLOCKS)('RFC 6052 §2.1: NAT64 makes no address public: %s', ([, first, last]) => {
  const behind = [first, last].map((address) => `64:ff9b::${address}`);
  expect(behind.filter(isPublicAddress)).toEqual([]);
});

test.for([
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2000::',
  '2001:200::',
  '2001:db7:ffff::',
  '2001:db9::',
  '2003::1',
  '2606:4700:4700::1111',
  '3ffe::1',
  '64:ff9b::8.8.8.8',
  '64:ff9b::808:808',
])('an address of the public Internet is connected to: %s', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.for([
  '',
  '8.8.8',
  '134744072',
  '0x8.0x8.0x8.0x8',
  '010.8.8.8',
  '8.8.8.8.',
  ' 8.8.8.8',
  '8.8.8.8:25',
  '2606:4700:4700::1111%eth0',
  'fe80::1%1',
  '[2606:4700:4700::1111]',
  '2606:4700:4700::1111/64',
  'localhost',
  'example.org',
])('what is no plain spelling of an address is not connected to: %j', (text) => {
  expect(isPublicAddress(text)).toBe(false);
});
