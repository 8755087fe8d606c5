import * as v from 'valibot';
import browser from 'webextension-polyfill';
import type { SendInfo } from '../receipts/let-go.ts';

const MODE = v.picklist(['sendNow', 'sendLater']);

/** Whether the person sends a message now or lays it into the Outbox. */
export type SendMode = v.InferOutput<typeof MODE>;

const keyOf = (tabId: number): string => `how-sent-${tabId}`;

/**
 * Called after each sending: `onBeforeSend` is not told how the person sends, and of a sending that
 * it cancelled this says so a moment later (Thunderbird 153; look again 2027-06).
 */
export async function noteHowSent(
  { id }: messenger.tabs.Tab,
  { mode }: Pick<SendInfo, 'mode'>,
): Promise<void> {
  if (id !== undefined) await browser.storage.session.set({ [keyOf(id)]: mode });
}

/** How the person pressed Send last; undefined when Thunderbird has not said. */
export async function howSent(tabId: number): Promise<SendMode | undefined> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  const parsed = v.safeParse(MODE, stored);
  return parsed.success ? parsed.output : undefined;
}

/** Called when a window closes, and before it is told anew. */
export async function forgetHowSent(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
