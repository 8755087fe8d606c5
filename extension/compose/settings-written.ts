import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';

/**
 * Thunderbird writes changed preferences half a second later (153; look again 2027-06), and the
 * proxy reads what is written.
 */
const WRITTEN_AFTER_MS = 1_200;

const KEY = 'tab-closed';

/** Called when a tab is closed: it may have been the Account Settings. */
export async function noteTabClosed(): Promise<void> {
  await browser.storage.session.set({ [KEY]: Date.now() });
}

/**
 * Waits, where the person may just have chosen another outgoing server, until Thunderbird has
 * written that down. An extension without more permissions sees of the Account Settings only that
 * they are a tab of Thunderbird's own.
 */
export async function settingsWritten(): Promise<void> {
  const open = await thunderbird.tabs.query({ type: 'special' });
  const waitMs = open.length > 0 ? WRITTEN_AFTER_MS : WRITTEN_AFTER_MS - (await sinceTabClosed());
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}

async function sinceTabClosed(): Promise<number> {
  const { [KEY]: closed } = await browser.storage.session.get(KEY);
  return typeof closed === 'number' ? Math.abs(Date.now() - closed) : WRITTEN_AFTER_MS;
}
