import type { Answer, Offer } from '../../shared/control/api.ts';
import { askProxy } from '../proxy-client.ts';
import type { NoAnswer } from '../sealed-channel.ts';
import { askedIdentity } from './sending-identity.ts';
import { askSettledRoute } from './settled-route.ts';

/** Settings that were just written are given the time to settle. */
const ROUTE_LIMIT_MS = 5_000;

/** Proving the way to a submission server may take as long as its network does. */
const OFFER_LIMIT_MS = 20_000;

/** The way that mail of an identity goes, as it is shown before anything is sent. */
export type Way =
  | { readonly kind: 'not asked'; readonly noAnswer: NoAnswer }
  | {
      readonly kind: 'asked';
      readonly address: string;
      readonly found: Answer<'route'>;
      /** What the submission server offers; undefined while that is asked, or where it cannot be. */
      readonly offer: Offer | NoAnswer | undefined;
    };

/**
 * Asks for the way of an identity's mail, and then for what lies at its end.
 *
 * Nothing is decided by it: before a message leaves it is asked anew (`route-check.ts`).
 *
 * @param show is called as soon as something is known, and last with what is returned
 */
export async function lookAtWay(identityId: string, show: (way: Way) => void): Promise<Way> {
  const { identity, identities } = await askedIdentity(identityId);
  const asked = await askSettledRoute(identity, identities, performance.now() + ROUTE_LIMIT_MS);
  if ('no' in asked) return shown({ kind: 'not asked', noAnswer: asked }, show);

  const { address } = identity;
  const found = asked.answer;
  const known = shown({ kind: 'asked', address, found, offer: undefined }, show);
  if (found.route.kind !== 'through-proxy') return known;

  const offer = await askProxy({ ask: 'offer', account: found.route.account }, OFFER_LIMIT_MS);
  return shown({ ...known, offer: 'no' in offer ? offer : offer.answer }, show);
}

function shown<W extends Way>(way: W, show: (way: Way) => void): W {
  show(way);
  return way;
}

/** The server that is known not to offer REQUIRETLS at the end of a way. */
export function lackingServer(way: Way): string | undefined {
  if (way.kind !== 'asked' || way.offer === undefined || 'no' in way.offer) return undefined;
  return way.offer.kind === 'proved' && !way.offer.requireTls ? way.offer.server : undefined;
}
