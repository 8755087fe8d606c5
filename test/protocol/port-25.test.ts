import { expect, test } from 'vitest';
import { Port25 } from '../../proxy/forecast/port-25.ts';

const HOUR_MS = 60 * 60 * 1000;

function portAt() {
  const clock = { now: 0 };
  return { clock, port: new Port25(() => clock.now) };
}

type Silence = readonly (readonly [host: string, address: string])[];

const ELSEWHERE: Silence = [
  ['mx.example.org', '192.0.2.1'],
  ['mx.example.net', '198.51.100.1'],
  ['mx.example.com', '203.0.113.1'],
];

function silence(port: Port25, hosts: Silence): void {
  for (const [host, address] of hosts) port.silent(host, [address]);
}

test('F4: port 25 is closed here when hosts keep silent in three networks, and for an hour', () => {
  const { clock, port } = portAt();
  silence(port, ELSEWHERE.slice(0, 2));
  expect(port.isClosed).toBe(false);
  silence(port, ELSEWHERE.slice(2));
  expect(port.isClosed).toBe(true);
  clock.now = HOUR_MS - 1;
  expect(port.isClosed).toBe(true);
  clock.now = HOUR_MS;
  expect(port.isClosed).toBe(false);
});

test.for<[string, Silence]>([
  ['one host, again and again', Array.from({ length: 9 }, () => ['mx.example.org', '192.0.2.1'])],
  [
    'ten hosts of one provider in one network',
    Array.from({ length: 10 }, (_, at) => [`mx${at}.example${at}.org`, `192.0.2.${at}`]),
  ],
  [
    'hosts of one name in many networks: a domain can say so of itself',
    [
      ['mx1.example.org', '192.0.2.1'],
      ['mx2.example.org', '198.51.100.1'],
      ['mx3.example.org', '203.0.113.1'],
      ['mx4.example.org', '2001:db8::1'],
    ],
  ],
  [
    'hosts in one network of IPv6',
    [
      ['mx.example.org', '2001:db8:1::1'],
      ['mx.example.net', '2001:db8:2::1'],
      ['mx.example.com', '2001:db8:3::1'],
    ],
  ],
])('F4: a careless case does not make port 25 closed: %s', ([, hosts]) => {
  const { port } = portAt();
  silence(port, hosts);
  expect(port.isClosed).toBe(false);
});

test('F4: one host that answers shows that port 25 is open', () => {
  const { port } = portAt();
  silence(port, ELSEWHERE.slice(0, 2));
  port.answered();
  silence(port, ELSEWHERE.slice(2));
  expect(port.isClosed).toBe(false);
  silence(port, ELSEWHERE);
  expect(port.isClosed).toBe(true);
  port.answered();
  expect(port.isClosed).toBe(false);
});

test('F4: silence that was heard hours ago was perhaps heard in another network', () => {
  const { clock, port } = portAt();
  silence(port, ELSEWHERE.slice(0, 2));
  clock.now = HOUR_MS + 1;
  silence(port, ELSEWHERE.slice(2));
  expect(port.isClosed).toBe(false);
});
