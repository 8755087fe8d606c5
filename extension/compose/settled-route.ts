import type { Identity } from '../../shared/control/route.ts';
import { askProxy } from '../proxy-client.ts';
import type { Asked } from '../sealed-channel.ts';

/** A proxy that found the settings just changed is asked again when they may have settled. */
const SETTLED_MS = 1_100;

/**
 * Asks the proxy where an identity's mail goes, again while Thunderbird's settings have just
 * changed. They do so also when nobody changes anything, half a second after the first window of
 * an identity has opened (Thunderbird 153; look again 2027-06).
 *
 * @param until when the answer comes too late, on the clock of `performance.now()`
 */
export async function askSettledRoute(
  identity: Identity,
  identities: readonly Identity[],
  until: number,
): Promise<Asked<'route'>> {
  const leftMs = (): number => Math.max(1, until - performance.now());
  const question = { ask: 'route' as const, identity, identities: [...identities] };
  let asked = await askProxy(question, leftMs());
  while (isJustChanged(asked) && leftMs() > SETTLED_MS) {
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    asked = await askProxy(question, leftMs());
  }
  return asked;
}

function isJustChanged(asked: Asked<'route'>): boolean {
  if ('no' in asked) return false;
  const { route } = asked.answer;
  return route.kind === 'unknown' && route.why === 'just changed';
}
