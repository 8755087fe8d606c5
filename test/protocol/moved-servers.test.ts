import { expect, test } from 'vitest';
import { MovedServers } from '../../proxy/control/moved-servers.ts';

const at = (port: number, key = 'smtp1') =>
  ({ kind: 'smtp', key, host: '127.0.0.1', port }) as const;

test('a server has moved when the same one is seen at another address, and at the latest then', () => {
  const servers = new MovedServers();
  expect(servers.movedMs('a', at(25), 1000)).toBeUndefined();
  expect(servers.movedMs('a', at(8689), 2000)).toBe(2000);
  expect(servers.movedMs('a', at(8689), 9000)).toBe(2000); // something else was written
  expect(servers.movedMs('a', at(25), 9500)).toBe(9500);
});

test('another server, and that of another profile, have not moved', () => {
  const servers = new MovedServers();
  servers.movedMs('a', at(25), 1000);
  expect(servers.movedMs('a', at(8689, 'smtp2'), 2000)).toBeUndefined();
  expect(servers.movedMs('b', at(8689), 2000)).toBeUndefined();
});

test('so many servers are remembered, and no more', () => {
  const servers = new MovedServers();
  for (let port = 1; port <= 1001; port += 1) servers.movedMs('a', at(port, `smtp${port}`), 1000);
  expect(servers.movedMs('a', at(25, 'smtp1001'), 2000)).toBe(2000);
  expect(servers.movedMs('a', at(25, 'smtp1'), 2000)).toBeUndefined();
});
