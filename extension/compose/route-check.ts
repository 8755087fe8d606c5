import type { Route } from '../../shared/control/route.ts';
import { askProxy } from '../proxy-client.ts';
import type { NoAnswer } from '../sealed-channel.ts';
import { mayProbe, probedRoute } from './route-probe.ts';
import { askedIdentity, type SendingIdentity } from './sending-identity.ts';
import { settingsWritten } from './settings-written.ts';

/** In all, once the settings are written: a stuck proxy must not lock the window. */
const LIMIT_MS = 3_000;

/** A proxy that found the settings just changed is asked again when they may have settled. */
const SETTLED_MS = 1_100;

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
 */
export async function checkRoute(identityId: string): Promise<CheckedRoute> {
  const { identity, identities, sending } = await askedIdentity(identityId);
  await settingsWritten();
  const until = performance.now() + LIMIT_MS;
  const leftMs = (): number => Math.max(1, until - performance.now());
  const ask = async () => await askProxy({ ask: 'route', identity, identities }, leftMs());

  let asked = await ask();
  while ('answer' in asked && isJustChanged(asked.answer.route) && leftMs() > SETTLED_MS) {
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    asked = await ask();
  }
  if ('answer' in asked && aProbeCouldTell(asked.answer.route) && (await mayProbe())) {
    asked = await probedRoute(sending, until);
  }
  return { identity: sending, found: 'no' in asked ? asked : { route: asked.answer.route } };
}

function isJustChanged(route: Route): boolean {
  return route.kind === 'unknown' && route.why === 'just changed';
}

/** Whether the proxy only has not read it. A name that leads to two programs leads a probe astray. */
function aProbeCouldTell(route: Route): boolean {
  return route.kind === 'unknown' && route.why !== 'name is shared';
}
