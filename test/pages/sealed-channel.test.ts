import { expect, test } from 'vitest';
import { fromBase64url } from '../../extension/base64url.ts';
import { askSealed, type Pairing } from '../../extension/sealed-channel.ts';
import { type ControlServer, controlServer } from './control-server.ts';

const HELLO = { ask: 'hello' } as const;
const WELCOME = { version: '1', accounts: [], readsPreferences: true };

function pairingWith({ stored }: ControlServer): Pairing {
  return { ...stored, key: fromBase64url(stored.key) ?? new Uint8Array() };
}

test('the extension believes an answer that is proved', async () => {
  await using proxy = await controlServer({ hello: WELCOME });
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual({ answer: WELCOME });
});

test('who has taken the port and has no key is not believed', async () => {
  await using squatter = await controlServer({ hello: WELCOME }, 'squats');
  expect(await askSealed(pairingWith(squatter), HELLO, 3_000)).toEqual({
    no: 'not proved',
    detail: 'wrong proof',
  });
});

test('an answer to another question is not believed', async () => {
  await using proxy = await controlServer({ unpair: {} });
  const asked = await askSealed(pairingWith(proxy), HELLO, 3_000);
  expect(asked).toMatchObject({ no: 'failed' });
});

test('a proxy that hangs is not waited for longer than was said', async () => {
  await using proxy = await controlServer({ hello: WELCOME }, 'hangs');
  const asked = await askSealed(pairingWith(proxy), HELLO, 100);
  expect(asked).toEqual({ no: 'no answer', detail: 'too slow' });
});

test('where nobody listens there is no answer', async () => {
  const proxy = await controlServer({ hello: WELCOME });
  await proxy[Symbol.asyncDispose]();
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toMatchObject({ no: 'no answer' });
});

test('what the proxy says it cannot do, and what anybody says, are told apart', async () => {
  await using proxy = await controlServer({ hello: { failed: 'The disk is full' } });
  const failed = { no: 'failed', detail: 'The disk is full' };
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual(failed);
  proxy.manner = 'forgot';
  const refused = { no: 'refused', detail: 'unknown pairing' };
  expect(await askSealed(pairingWith(proxy), HELLO, 3_000)).toEqual(refused);
});
