import type { Page } from 'playwright';
import { EMPTY_PAGE, openPage, type OpenedPage } from './opened-page.ts';
import { type ComposeWindow, type Surroundings, TAB_ID } from './stand-in.ts';

/** The compose window as Thunderbird names it in events. */
export const TAB = { id: TAB_ID, windowId: 1, type: 'messageCompose' };

export const NEW_MESSAGE: ComposeWindow = {
  type: 'new',
  identityId: 'id1',
  customHeaders: [],
  isModified: false,
};

/** Opened from stored message 11, whose marker Thunderbird has dropped. */
export const DRAFT: ComposeWindow = { ...NEW_MESSAGE, type: 'draft', relatedMessageId: 11 };

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
    storedMessages: { 11: values.length === 0 ? {} : { 'x-tls-required': values } },
  });
  return await send(opened.page);
}
