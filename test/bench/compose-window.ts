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

/** Opens the window, as the extension tells the proxy, and comes back when the message is written. */
export async function compose(window: ComposeWindow): Promise<void> {
  const { controlPort: port, pairing, account } = window;
  const key = Uint8Array.from(Buffer.from(window.key, 'base64url'));
  const asked = await askSealed({ port, pairing, key }, { ask: 'offer', account }, LIMIT_MS);
  if ('no' in asked) throw new Error(`offer: ${asked.no}, ${asked.detail}`);
  if (asked.answer.kind === 'unproved') throw new Error(asked.answer.reason);
}
