import browser from 'webextension-polyfill';
import { freshId } from '../base64url.ts';
import { thunderbird } from '../thunderbird.ts';

const KEY = 'run-of-thunderbird';

/**
 * A name of a compose window that no other window gets, not even after Thunderbird was started anew
 * and counts its tabs from the beginning.
 */
export async function windowName(tabId: number): Promise<string> {
  return `${await thisRun()} ${tabId}`;
}

/** Says whether the window of that name is still open. */
export async function isWindowOpen(name: string): Promise<boolean> {
  const open = await thunderbird.tabs.query({ type: 'messageCompose' });
  const run = await thisRun();
  return open.some(({ id }) => `${run} ${id ?? ''}` === name);
}

async function thisRun(): Promise<string> {
  return await navigator.locks.request(KEY, async () => {
    const { [KEY]: stored } = await browser.storage.session.get(KEY);
    if (typeof stored === 'string') return stored;
    const fresh = freshId();
    await browser.storage.session.set({ [KEY]: fresh });
    return fresh;
  });
}
