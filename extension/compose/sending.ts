import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';

/**
 * Nothing tells of a message that is held back after our answer: by another add-on, a recipient
 * that is no address, a question to the person. So the note is not believed for ever.
 */
const SENDING_LIMIT_MS = 3_000;
const POLL_MS = 50;

const keyOf = (tabId: number): string => `sending-${tabId}`;

/** Notes that a window's message is on its way; call it with the window's lock held. */
export async function noteSending(tabId: number): Promise<void> {
  await browser.storage.session.set({ [keyOf(tabId)]: Date.now() });
}

/** Called when a message was sent, or could not be. */
export async function forgetAfterSend({ id }: messenger.tabs.Tab): Promise<void> {
  if (id !== undefined) await forgetSending(id);
}

/** Called when a window closes. */
export async function forgetSending(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}

/**
 * Waits until a window's message is not on its way any more. A window that is changed while
 * Thunderbird sends from it can stay locked for good (153; look again 2027-06).
 */
export async function sendingOver(tabId: number): Promise<void> {
  while (await isSending(tabId)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

async function isSending(tabId: number): Promise<boolean> {
  const key = keyOf(tabId);
  const { [key]: since } = await browser.storage.session.get(key);
  return typeof since === 'number' && Math.abs(Date.now() - since) < SENDING_LIMIT_MS;
}

/** So long at most Thunderbird sends a message; a note that is older was forgotten. */
const LONGEST_SENDING_MS = 60 * 60_000;

/**
 * Whether a window's message may be on its way still: Thunderbird may have a question of its own to
 * the person, for minutes. To read the recipients meanwhile undoes that a mailing list was replaced by
 * its members, and the message fails (153; look again 2027-06).
 */
export async function mayBeSending(tabId: number): Promise<boolean> {
  const key = keyOf(tabId);
  const { [key]: since } = await browser.storage.session.get(key);
  return typeof since === 'number' && Math.abs(Date.now() - since) < LONGEST_SENDING_MS;
}

/**
 * Since when another window's message has been on its way, the earliest; undefined when none is.
 *
 * Thunderbird sends one message after the other over a connection that is open, also to a server that
 * was given another address meanwhile (153; look again 2027-06).
 */
export async function otherSendingSince(tabId: number): Promise<number | undefined> {
  const windows = await thunderbird.tabs.query({ type: 'messageCompose' });
  const others = windows.flatMap(({ id }) => (id === undefined || id === tabId ? [] : [keyOf(id)]));
  const notes = await Promise.all(
    others.map(async (key) => (await browser.storage.session.get(key))[key]),
  );
  const since = notes
    .filter((note) => typeof note === 'number')
    .filter((note) => Math.abs(Date.now() - note) < LONGEST_SENDING_MS);
  return since.length === 0 ? undefined : Math.min(...since);
}
