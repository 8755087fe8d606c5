import * as v from 'valibot';
import { PAIRING_PROVED, PAIRING_WELCOME } from '../../shared/control/handshake.ts';
import { keySalt, PAIRING_PROOF_TEXTS } from '../../shared/control/pairing-code.ts';
import type { Refusal } from '../../shared/control/refusal.ts';
import { freshId } from '../base64url.ts';
import { controlRequest, type Heard } from '../control-request.ts';
import { derivedKey, importedKey, isProved, proofOf } from '../pairing-key.ts';
import type { Pairing } from '../sealed-channel.ts';

const LIMIT_MS = 10_000;

/** How a pairing ended. */
export type PairingEnd =
  | { readonly kind: 'paired'; readonly pairing: Pairing }
  /** Somebody will not, and says why. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Somebody answered who is not the proxy, or does not know the code. */
  | { readonly kind: 'not the proxy'; readonly detail: string }
  | { readonly kind: 'no answer'; readonly detail: string };

/**
 * Makes a key with the proxy from the code that the person carries over. The key never travels:
 * each side proves that it has it, and the proxy's proof comes before anything is stored.
 *
 * @param code as `typedPairingCode` gives it
 * @param name what the person will know this Thunderbird profile by
 */
export async function pairWithProxy(port: number, code: string, name: string): Promise<PairingEnd> {
  const ours = freshId();
  const hello = { step: 'hello', nonce: ours, name };
  const welcomed = await controlRequest(port, '/v1/pair', hello, AbortSignal.timeout(LIMIT_MS));
  if (welcomed.kind !== 'said') return ended(welcomed);
  const welcome = v.safeParse(PAIRING_WELCOME, welcomed.said);
  if (!welcome.success) return { kind: 'not the proxy', detail: 'no welcome' };

  const { pairing, nonce: theirs } = welcome.output;
  const octets = await derivedKey(code, keySalt(pairing, ours, theirs));
  const key = await importedKey(octets);
  const proof = await proofOf(key, PAIRING_PROOF_TEXTS.extension);
  const said = { step: 'proof', pairing, proof };
  const answered = await controlRequest(port, '/v1/pair', said, AbortSignal.timeout(LIMIT_MS));
  if (answered.kind !== 'said') return ended(answered);
  const proved = v.safeParse(PAIRING_PROVED, answered.said);
  if (!proved.success || !(await isProved(key, proved.output.proof, PAIRING_PROOF_TEXTS.proxy))) {
    return { kind: 'not the proxy', detail: 'no proof' };
  }
  return { kind: 'paired', pairing: { port, pairing, key: octets } };
}

function ended(reply: Exclude<Heard, { kind: 'said' }>): PairingEnd {
  switch (reply.kind) {
    case 'refused':
      return { kind: 'refused', refusal: reply.refusal };
    case 'strange':
      return { kind: 'not the proxy', detail: reply.detail };
    case 'none':
      return { kind: 'no answer', detail: reply.detail };
  }
}
