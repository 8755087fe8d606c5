import { typedPairingCode } from '../../shared/control/pairing-code.ts';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import type { ProxyProcess } from '../proxy-process.ts';

/** Longer than the proving of a session takes over any wire that is measured. */
const LIMIT_MS = 10_000;

/** Somebody who writes a message in a Thunderbird that is paired with the proxy; goes as JSON. */
export type ComposeWindow = {
  readonly controlPort: number;
  readonly pairing: string;
  /** Of the pairing, base64url. */
  readonly key: string;
  /** Through which the message will go. */
  readonly account: string;
};

/** Pairs with a proxy as the extension does. */
export async function composeWindowOf(proxy: ProxyProcess): Promise<ComposeWindow> {
  const code = typedPairingCode(await proxy.pairingCode()) ?? '';
  const paired = await pairWithProxy(proxy.controlPort, code, 'bench');
  if (paired.kind !== 'paired') throw new Error(`not paired: ${JSON.stringify(paired)}`);
  const { port, pairing, key } = paired.pairing;
  const hello = await askSealed(paired.pairing, { ask: 'hello' }, LIMIT_MS);
  if ('no' in hello) throw new Error(`hello: ${hello.detail}`);
  const account = hello.answer.accounts[0]?.name ?? '';
  return { controlPort: port, pairing, key: Buffer.from(key).toString('base64url'), account };
}

/**
 * Tells the proxy that the window is open, and comes back when the way is proved: nobody writes a
 * message so quickly. With one account it need not be known which the identity sends through.
 */
export async function compose(window: ComposeWindow): Promise<void> {
  const { controlPort: port, pairing, account } = window;
  const channel = { port, pairing, key: Uint8Array.from(Buffer.from(window.key, 'base64url')) };
  const identity = { id: 'id1', address: 'ada@example.org' };
  const opened = { ask: 'compose', window: 'tab-1', open: true } as const;
  const told = await askSealed(channel, { ...opened, identity, identities: [identity] }, LIMIT_MS);
  if ('no' in told) throw new Error(`compose: ${told.no}, ${told.detail}`);
  const asked = await askSealed(channel, { ask: 'offer', account }, LIMIT_MS);
  if ('no' in asked) throw new Error(`offer: ${asked.no}, ${asked.detail}`);
  if (asked.answer.kind === 'unproved') throw new Error(asked.answer.reason);
}
