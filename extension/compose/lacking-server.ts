import browser from 'webextension-polyfill';
import { lackingServer, type Way } from './way.ts';

const keyOf = (tabId: number): string => `lacking-${tabId}`;

/** Keeps for a window's button whether the server on its way was found not to offer REQUIRETLS. */
export async function noteLacking(tabId: number, way: Way): Promise<void> {
  const server = lackingServer(way);
  if (server === undefined) await forgetLacking(tabId);
  else await browser.storage.session.set({ [keyOf(tabId)]: server });
}

export async function notedLacking(tabId: number): Promise<string | undefined> {
  const key = keyOf(tabId);
  const { [key]: server } = await browser.storage.session.get(key);
  return typeof server === 'string' ? server : undefined;
}

/** Called when a window closes. */
export async function forgetLacking(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
