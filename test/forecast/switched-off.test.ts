import { expect, test } from 'vitest';
import type { ProxyProcess } from '../proxy-process.ts';
import { IN_OWN_NETWORK, carriedBy, doorTo, type Door } from './own-network.ts';
import { pairedProxy } from './paired-proxy.ts';

/** Nobody answers there; a datagram is counted all the same. */
const OPTIONS = ['--resolver=127.0.0.1:53'];

test('F7: until somebody asks for a forecast not one packet leaves for a look-up', async () => {
  let door: Door | undefined;
  const started = async ({ pid, controlPort }: ProxyProcess) => {
    door = await doorTo(pid, controlPort);
  };
  try {
    await using paired = await pairedProxy(OPTIONS, { inside: IN_OWN_NETWORK, started });
    const carried = async () => {
      const { datagrams, connections } = await carriedBy(paired.proxy.pid);
      return { datagrams, connections: connections - (door?.passed() ?? 0) };
    };

    // All that an extension asks in which the forecast is not switched on, and whom it would tell.
    await paired.ask({ ask: 'hello' });
    await paired.ask({ ask: 'outcomes', markerIds: ['a'] });
    await paired.ask({ ask: 'receipts' });
    await paired.ask({ ask: 'resolver' });
    expect(await carried()).toEqual({ datagrams: 0, connections: 0 });

    // The counts count: the same proxy, asked for a forecast, looks it up.
    await paired.forecast(['example.org'], { waitMs: 100 });
    await expect.poll(async () => (await carried()).datagrams).toBeGreaterThan(0);
  } finally {
    await door?.[Symbol.asyncDispose]();
  }
});
