import browser from 'webextension-polyfill';
import { openPopup } from '../compose/open-popup.ts';
import { noteAskedAbout } from './asked-about.ts';
import { type FailingQuestion, forgetQuestion, keepQuestion } from './failing-question.ts';
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
    if (await openPopup(windowId)) return;
  } catch (cause) {
    console.error('The popup with the question did not open', cause);
  }
  await askByNotification(id, question);
}

/** Where the button is not in the toolbar: the next press of Send is the answer then. */
async function askByNotification(tabId: number, { failing }: FailingQuestion): Promise<void> {
  await forgetQuestion(tabId);
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
