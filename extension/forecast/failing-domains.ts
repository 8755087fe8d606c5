import browser from 'webextension-polyfill';
import type { Forecasts } from './ask-forecasts.ts';

const keyOf = (tabId: number): string => `failing-${tabId}`;

/** Keeps for a window's button how many of its recipients' domains will fail. */
export async function noteFailing(tabId: number, found: Forecasts): Promise<void> {
  const failing = [...found.values()].filter(({ verdict }) => verdict === 'will fail');
  if (failing.length === 0) await forgetFailing(tabId);
  else await browser.storage.session.set({ [keyOf(tabId)]: failing.length });
}

/** How many there were when somebody last looked. */
export async function notedFailing(tabId: number): Promise<number> {
  const key = keyOf(tabId);
  const { [key]: count } = await browser.storage.session.get(key);
  return typeof count === 'number' ? count : 0;
}

/** Called when a window closes, and when domains are looked up no longer. */
export async function forgetFailing(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
