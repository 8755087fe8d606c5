import type { Route } from '../../shared/control/route.ts';
import { isLate, type NoAnswer } from '../sealed-channel.ts';
import { TimeOver } from '../time-limit.ts';
import { mayProbe, probedRoute } from './route-probe.ts';
import { askedIdentity, type SendingIdentity } from './sending-identity.ts';
import { askSettledRoute } from './settled-route.ts';
import { settingsWritten } from './settings-written.ts';

/** A stuck proxy must not lock the window. */
const LIMIT_MS = 3_000;

/** For a second try when that time has run out, and the least that a probe and the first try get. */
const MORE_MS = 2_000;

/** Where a message would go that is sent now, as far as anybody can tell who can prove it. */
export type CheckedRoute = {
  readonly identity: SendingIdentity;
  readonly found: { readonly route: Route } | NoAnswer;
};

/**
 * Asks the proxy where an identity's mail goes, just before a marked message leaves: another
 * server would ignore the marker, and Thunderbird tells no add-on which server is used (153; look
 * again 2027-06).
 *
 * Where the proxy cannot tell from Thunderbird's settings, a probe can, if the person allowed it.
 * What the settings say plainly is never overruled by one.
 *
 * @param latest when it has to be known, on the clock of `performance.now()`
 * @throws TimeOver where that is too soon
 */
export async function checkRoute(identityId: string, latest: number): Promise<CheckedRoute> {
  const { identity, identities, sending } = await askedIdentity(identityId);
  const within = (ms: number): number => Math.min(performance.now() + ms, latest);
  // A proxy that is given no time must not be called dead.
  if (within(MORE_MS) === latest) throw new TimeOver('Too little is left to ask for the way');
  const until = within(LIMIT_MS);
  await settingsWritten();
  let asked = await askSettledRoute(identity, identities, until);
  if ('no' in asked && isLate(asked)) {
    asked = await askSettledRoute(identity, identities, within(MORE_MS));
  }
  if ('answer' in asked && aProbeCouldTell(asked.answer.route) && (await mayProbe())) {
    asked = await probedRoute(sending, Math.max(until, within(MORE_MS)));
  }
  return { identity: sending, found: 'no' in asked ? asked : { route: asked.answer.route } };
}

/** Whether the proxy only has not read it. A name that leads to two programs leads a probe astray. */
function aProbeCouldTell(route: Route): boolean {
  return route.kind === 'unknown' && route.why !== 'name is shared';
}

/** Whether the way may have been another one at a moment before it was found to be clear. */
export function mayHaveChangedSince({ found }: CheckedRoute, moment: number): boolean {
  if ('no' in found || found.route.kind !== 'through-proxy') return true;
  const { evidence } = found.route;
  switch (evidence.by) {
    case 'preferences':
      return Date.now() - evidence.ageMs > moment;
    case 'probe':
      return false; // it took the same connection
  }
}
