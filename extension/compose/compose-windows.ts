import browser from 'webextension-polyfill';
import * as v from 'valibot';
import { askProxy } from '../proxy-client.ts';
import { askedIdentity, identityOfWindow } from './sending-identity.ts';

/** Between two notes to the proxy that a window is still open. */
const RENEW_AFTER_MS = 3 * 60_000;

const TOLD = v.strictObject({ at: v.number(), identityId: v.string() });

const keyOf = (tabId: number): string => `told-open-${tabId}`;

/**
 * Tells the proxy that a message is being written, so that it proves the way to the submission
 * server meanwhile, and again now and then. It is a help to speed only: nothing is told when it fails.
 */
export async function tellOpen(tabId: number): Promise<void> {
  try {
    const identityId = await identityOfWindow(tabId);
    if (identityId === undefined) return;
    const told = await toldOpen(tabId);
    const isFresh = told !== undefined && Math.abs(Date.now() - told.at) < RENEW_AFTER_MS;
    if (isFresh && told.identityId === identityId) return;
    await browser.storage.session.set({ [keyOf(tabId)]: { at: Date.now(), identityId } });
    await tell(tabId, identityId, true);
  } catch (cause) {
    console.info('The proxy could not be told of a window', cause);
  }
}

/** Called when a tab is closed. */
export async function tellClosed(tabId: number): Promise<void> {
  try {
    const told = await toldOpen(tabId);
    if (told === undefined) return;
    await browser.storage.session.remove(keyOf(tabId));
    await tell(tabId, told.identityId, false);
  } catch (cause) {
    console.info('The proxy could not be told of a window', cause);
  }
}

async function tell(tabId: number, identityId: string, open: boolean): Promise<void> {
  const { identity, identities } = await askedIdentity(identityId);
  await askProxy({ ask: 'compose', window: `tab-${tabId}`, open, identity, identities });
}

async function toldOpen(tabId: number): Promise<v.InferOutput<typeof TOLD> | undefined> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  const parsed = v.safeParse(TOLD, stored);
  return parsed.success ? parsed.output : undefined;
}
