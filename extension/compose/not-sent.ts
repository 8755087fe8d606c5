import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';

/** Why a message was not sent. */
export type ReasonNotSent = 'unreadable' | 'unconfirmed' | 'failed';

const TEXTS: Readonly<Record<ReasonNotSent, string>> = {
  unreadable: 'notSentUnreadable',
  unconfirmed: 'notSentUnconfirmed',
  failed: 'notSentFailed',
};

const POPUP_ATTEMPTS = 40;
const POPUP_RETRY_MS = 50;

const keyOf = (tabId: number): string => `not-sent-${tabId}`;

/**
 * Tells the person that a message was not sent, why, and what to do.
 *
 * Thunderbird says nothing when an add-on cancels. A desktop may show no notifications, so the
 * popup opens too: it says the same, beside the choices and the button that leads to the cure.
 */
export async function tellNotSent(tab: messenger.tabs.Tab, reason: ReasonNotSent): Promise<void> {
  const told = await Promise.allSettled([notify(reason), openPopup(tab, reason)]);
  for (const result of told) {
    if (result.status === 'rejected') console.error('Could not tell why', result.reason);
  }
}

/** Words a reason for the person. */
export function describeNotSent(reason: ReasonNotSent): string {
  return browser.i18n.getMessage(TEXTS[reason]);
}

/** Why the latest message of a window was not sent; told once. */
export async function takeReason(tabId: number): Promise<ReasonNotSent | undefined> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  await browser.storage.session.remove(key);
  return stored === 'unreadable' || stored === 'unconfirmed' || stored === 'failed'
    ? stored
    : undefined;
}

async function notify(reason: ReasonNotSent): Promise<void> {
  await browser.notifications.create({
    type: 'basic',
    iconUrl: browser.runtime.getURL('icons/unreadable.svg'),
    title: browser.i18n.getMessage('notSentTitle'),
    message: describeNotSent(reason),
  });
}

async function openPopup(
  { id, windowId }: messenger.tabs.Tab,
  reason: ReasonNotSent,
): Promise<void> {
  if (id === undefined || windowId === undefined) return;
  await browser.storage.session.set({ [keyOf(id)]: reason });
  // The button is disabled until Thunderbird has taken our answer, a moment from now.
  for (let attempt = 0; attempt < POPUP_ATTEMPTS; attempt += 1) {
    if (await thunderbird.composeAction.openPopup({ windowId })) return;
    await new Promise((resolve) => setTimeout(resolve, POPUP_RETRY_MS));
  }
  console.info('The popup with the reason did not open: the button may not be in the toolbar');
}
