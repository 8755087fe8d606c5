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

/**
 * Tells the person that a message was not sent, why, and what to do.
 *
 * Thunderbird says nothing when an add-on cancels. The notification may be switched off in the
 * desktop, so the popup opens too: it shows the same, with the button that leads to the cure.
 */
export async function tellNotSent(tab: messenger.tabs.Tab, reason: ReasonNotSent): Promise<void> {
  const told = await Promise.allSettled([notify(reason), openPopup(tab.windowId)]);
  for (const result of told) {
    if (result.status === 'rejected') console.error('Could not tell why', result.reason);
  }
}

async function notify(reason: ReasonNotSent): Promise<void> {
  await browser.notifications.create({
    type: 'basic',
    iconUrl: browser.runtime.getURL('icons/required.svg'),
    title: browser.i18n.getMessage('notSentTitle'),
    message: browser.i18n.getMessage(TEXTS[reason]),
  });
}

/** The toolbar button is disabled until Thunderbird has taken our answer, a moment from now. */
async function openPopup(windowId: number | undefined): Promise<void> {
  if (windowId === undefined) return;
  for (let attempt = 0; attempt < POPUP_ATTEMPTS; attempt += 1) {
    if (await thunderbird.composeAction.openPopup({ windowId })) return;
    await new Promise((resolve) => setTimeout(resolve, POPUP_RETRY_MS));
  }
}
