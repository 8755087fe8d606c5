import * as v from 'valibot';
import browser from 'webextension-polyfill';
import { openPopup } from '../compose/open-popup.ts';
import { noteAskedAbout } from './asked-about.ts';
import {
  type FailingQuestion,
  forgetQuestionUnlessShown,
  keepQuestion,
} from './failing-question.ts';
import { describeFailing } from './forecast-words.ts';
import { forgetHowSent } from './how-sent.ts';

/**
 * Asks the person in the popup, once Send was cancelled: a listener that waited for an answer would
 * keep the window locked, and for good when none comes.
 */
export async function askPerson(
  { id, windowId }: messenger.tabs.Tab,
  question: FailingQuestion,
): Promise<void> {
  if (id === undefined || windowId === undefined) return;
  try {
    await forgetHowSent(id);
    await keepQuestion(id, question);
    if ((await isShownInOpenPopup(id)) || (await openPopup(windowId))) return;
  } catch (cause) {
    console.error('The popup with the question did not open', cause);
  }
  await askByNotification(id, question);
}

const QUESTION_KEPT = v.strictObject({ kind: v.literal('question kept'), tabId: v.number() });

/** A popup that is open does not open again: Send can be pressed beside it, by a menu for one. */
async function isShownInOpenPopup(tabId: number): Promise<boolean> {
  const message: v.InferInput<typeof QUESTION_KEPT> = { kind: 'question kept', tabId };
  const answered: unknown = await browser.runtime.sendMessage(message).catch(() => false);
  return answered === true;
}

/** Called by an open popup: shows what is asked meanwhile, and answers whether there is something. */
export function showWhenKept(tabId: number, show: () => Promise<boolean>): void {
  browser.runtime.onMessage.addListener((message: unknown): Promise<boolean> | undefined => {
    const kept = v.safeParse(QUESTION_KEPT, message);
    return kept.success && kept.output.tabId === tabId ? show() : undefined;
  });
}

/** Where the button is not in the toolbar: the next press of Send is the answer then. */
async function askByNotification(tabId: number, { failing }: FailingQuestion): Promise<void> {
  if (!(await forgetQuestionUnlessShown(tabId))) return;
  await noteAskedAbout(tabId, failing);
  await browser.notifications.create({
    type: 'basic',
    iconUrl: browser.runtime.getURL('icons/required.svg'),
    title: browser.i18n.getMessage('forecastNotSentYet'),
    message: [
      ...failing.map(describeFailing),
      browser.i18n.getMessage('forecastQuestionSendAgain'),
    ].join(' '),
  });
}
