import type { Page } from 'playwright';
import { EMPTY_PAGE, openPage, type OpenedPage } from './opened-page.ts';
import { type ComposeWindow, type StoredMessage, type Surroundings, TAB_ID } from './stand-in.ts';

/** The compose window as Thunderbird names it in events. */
export const TAB = { id: TAB_ID, windowId: 1, type: 'messageCompose' };

export const NEW_MESSAGE: ComposeWindow = {
  type: 'new',
  identityId: 'id1',
  customHeaders: [],
  isModified: false,
};

/** An answer that was saved; Thunderbird has dropped its marker and names the mail it answers. */
export const DRAFT: ComposeWindow = {
  ...NEW_MESSAGE,
  type: 'draft',
  relatedMessageId: 11,
  subject: 'Re: The contract',
  to: ['Bob <bob@example.net>'],
};

const ANSWERED: StoredMessage = {
  id: 11,
  folder: 'inbox',
  author: 'Bob <bob@example.net>',
  subject: 'The contract',
  recipients: ['ada@example.org'],
  headers: { 'x-tls-required': ['No'] },
};

/** The stored messages around `DRAFT`, one draft for each list of marker values. */
export function draftsSaying(...markers: readonly (readonly string[])[]): readonly StoredMessage[] {
  const drafts = markers.map((values, at): StoredMessage => ({
    id: 12 + at,
    folder: 'drafts',
    author: 'Ada Lovelace <ada@example.org>',
    subject: 'The contract',
    recipients: ['bob@example.net'],
    headers: values.length === 0 ? {} : { 'x-tls-required': values },
  }));
  return [ANSWERED, ...drafts];
}

export const MARKED: ComposeWindow = {
  ...NEW_MESSAGE,
  customHeaders: [{ name: 'X-Tls-Required', value: 'Yes' }],
};

export const CONFIRMED = {
  local: { confirmedIdentities: { id1: 'ada@example.org' } },
  session: {},
};

/** As it is once the background page has run: the windows that were open then are known. */
export const RUNNING = { ...CONFIRMED, session: { started: true } };

/** Runs the extension's background page with a stand-in for Thunderbird around it. */
export async function openBackground(around: Partial<Surroundings>): Promise<OpenedPage> {
  const opened = await openPage(EMPTY_PAGE, {
    withBackground: true,
    around: { storage: RUNNING, ...around },
  });
  await opened.page.evaluate(() => backgroundPage);
  return opened;
}

/** What the extension answers when Thunderbird asks before sending. */
export async function send(page: Page): Promise<unknown> {
  const [answer] = await page.evaluate((tab) => happenings.fire('onBeforeSend', tab, {}), TAB);
  return answer;
}

/** Presses Send with a draft whose stored message has these marker fields. */
export async function sendDraft(values: readonly string[]): Promise<unknown> {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(values),
    storage: { ...RUNNING, session: { started: true, 'window-7': 'opened' } },
  });
  return await send(opened.page);
}
