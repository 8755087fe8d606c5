import browser from 'webextension-polyfill';

const keyOf = (tabId: number): string => `established-${tabId}`;

/**
 * Says whether it is known what a window without a marker asks for.
 *
 * A window that has just been opened from a draft has no marker either, until the draft's is put
 * back (`restore-on-open.ts`). The custom headers cannot say which of the two it is.
 */
export async function isEstablished(tabId: number): Promise<boolean> {
  const key = keyOf(tabId);
  const stored = await browser.storage.session.get(key);
  return stored[key] === true;
}

/** Remembers until the window closes that its custom headers say what it asks for. */
export async function setEstablished(tabId: number): Promise<void> {
  await browser.storage.session.set({ [keyOf(tabId)]: true });
}

/** Called when a window closes. */
export async function forgetEstablished(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
