import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import { typedPairingCode } from '../../shared/control/pairing-code.ts';
import type { ProxyProcess } from '../proxy-process.ts';
import { waitUntil } from '../wait-until.ts';
import { RecordingServer } from './recording-server.ts';
import { placeFor } from './running-proxy.ts';
import { envelope, greetedBy } from './submitting.ts';

const LIMIT_MS = 8000;

const ada = { id: 'id1', address: 'ada@example.org' };

/** Says as a paired extension that a compose window is open, or no longer. */
async function paired(proxy: ProxyProcess) {
  const code = typedPairingCode(await proxy.pairingCode()) ?? '';
  const end = await pairWithProxy(proxy.controlPort, code, 'a test');
  if (end.kind !== 'paired') throw new Error(`not paired: ${end.kind}`);
  return async (window: string, open: boolean) => {
    const whose = { identity: ada, identities: [ada] };
    const asked = await askSealed(
      end.pairing,
      { ask: 'compose', window, open, ...whose },
      LIMIT_MS,
    );
    expect(asked).toEqual({ answer: {} });
  };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  await waitUntil(holds, LIMIT_MS, () => what);
}

test('a window that the extension tells of has a session, which is left when it closes', async () => {
  await using server = await RecordingServer.start();
  await using place = await placeFor(server);
  await using proxy = await place.start('--no-read-thunderbird');
  const tell = await paired(proxy);
  await tell('1', true);
  await until('no session is proved', () => server.said.length === 1);
  using mailProgram = await greetedBy(proxy);
  await envelope(mailProgram);
  mailProgram.say('Subject: hi\r\n\r\nhello\r\n');
  expect(await mailProgram.ask('.')).toMatch(/^250 /);
  expect(server.connections).toBe(1);

  await tell('1', true);
  await until(
    'no second session is proved',
    () => server.connections === 2 && server.commands[1]?.length === 1,
  );
  await tell('1', false);
  await until('it is not left', () => server.commands[1]?.at(-1) === 'QUIT');
});

test.each([
  ['says goodbye', false],
  ['says nothing any more', true],
])(
  'a proxy that is asked to stop ends in order, though a session waits and its server %s',
  async (_, isSilent) => {
    await using server = await RecordingServer.start();
    await using place = await placeFor(server);
    await using proxy = await place.start('--no-read-thunderbird');
    const tell = await paired(proxy);
    await tell('1', true);
    await until('no session is proved', () => server.said.length === 1);
    server.change({ isSilent });
    expect(await proxy.stop()).toBe(0);
    await until('the session is not left', () => server.isLeft);
    expect(server.said).toEqual(['EHLO [127.0.0.1]', 'QUIT']);
  },
);
