import type { Question } from '../shared/control/api.ts';
import { storedPairing } from './pairing-store.ts';
import { type Asked, askSealed } from './sealed-channel.ts';

/** An answer comes at once, or the proxy hangs. */
const LIMIT_MS = 3_000;

/**
 * Asks the proxy that this extension is paired with. The answer is the proxy's own, or it says why
 * there is none; nothing that is not proved gets here.
 */
export async function askProxy<Ask extends Question['ask']>(
  question: Extract<Question, { ask: Ask }>,
  limitMs: number = LIMIT_MS,
): Promise<Asked<Ask>> {
  const pairing = await storedPairing();
  if (pairing === undefined) return { no: 'not paired', detail: 'no key is stored' };
  return await askSealed<Ask>(pairing, question, limitMs);
}
