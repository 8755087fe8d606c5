import browser from 'webextension-polyfill';
import type { OutcomeNote } from './outcome-notes.ts';
import { describeOutcome } from './outcome-words.ts';

/** Begins the name of a notification that is about receipts. */
const PREFIX = 'unprotected-';

/** Tells loudly of a message that left, or may have, and not as it was to. */
export async function tellUnprotected(note: OutcomeNote): Promise<void> {
  await browser.notifications.create(`${PREFIX}${note.markerId}`, {
    type: 'basic',
    iconUrl: browser.runtime.getURL('icons/unreadable.svg'),
    title: browser.i18n.getMessage(
      note.kind === 'lost track' ? 'outcomeLostTrackTitle' : 'outcomeUnprotectedTitle',
    ),
    message: describeOutcome(note),
    priority: 2,
  });
}

/** Called when a notification is clicked: opens the page that has more to say about it. */
export async function openFromNotification(notification: string): Promise<void> {
  if (notification.startsWith(PREFIX)) await openReceipts(notification.slice(PREFIX.length));
  else await browser.runtime.openOptionsPage();
}

/** Opens the page of receipts, at the one of a message if there is one. */
export async function openReceipts(markerId?: string): Promise<void> {
  const at = markerId === undefined ? '' : `#id=${encodeURIComponent(markerId)}`;
  await browser.tabs.create({ url: `${browser.runtime.getURL('receipts/page.html')}${at}` });
}
