import browser from 'webextension-polyfill';
import { notAskedAfterAll, PRESSED_TWICE_MS } from '../forecast/asked-about.ts';
import {
  type FailingQuestion,
  forgetQuestion,
  questionToShow,
} from '../forecast/failing-question.ts';
import { showWhenKept } from '../forecast/ask-person.ts';
import { describeReasons, isWithoutMail } from '../forecast/forecast-words.ts';
import { askToSendAnyway } from '../forecast/send-anyway.ts';
import { elementById } from '../page-element.ts';
import { shownName } from '../shown-text.ts';

const section = elementById('question', HTMLElement);
const list = elementById('question-failing', HTMLUListElement);
const cure = elementById('question-cure', HTMLParagraphElement);
const status = elementById('status', HTMLParagraphElement);
const goBack = elementById('go-back', HTMLButtonElement);
const sendAnyway = elementById('send-anyway', HTMLButtonElement);
const chooseNormal = elementById('choose-normal', HTMLButtonElement);

/** The question that is shown: Send may be pressed again beside the popup, and another takes its place. */
let asked: FailingQuestion | undefined;
let askedAt = 0;

/**
 * Asks about the recipients for whom Send was cancelled, now or while the popup is open.
 *
 * @param toNormal makes the message Normal, which the person then sends
 * @returns whether there is a question now
 */
export async function startQuestion(
  tabId: number,
  toNormal: () => Promise<void>,
): Promise<boolean> {
  goBack.addEventListener('click', () => void leave(tabId));
  sendAnyway.addEventListener('click', () => void answerSendAnyway(tabId));
  chooseNormal.addEventListener('click', () => {
    hideQuestion();
    void toNormal();
  });
  const show = async (): Promise<boolean> => await showQuestion(tabId);
  showWhenKept(tabId, show);
  return await show();
}

export function isAsking(): boolean {
  return asked !== undefined;
}

/** Called when a choice is made, which is an answer too. */
export function hideQuestion(): void {
  asked = undefined;
  section.hidden = true;
  delete document.body.dataset['question'];
}

/**
 * Closes the popup, which answers no question: nothing is sent. A key that was meant for the message
 * may close it as it opens; then the question counts as not asked.
 */
export async function leave(tabId: number): Promise<void> {
  const unread = performance.now() - askedAt < PRESSED_TWICE_MS ? asked : undefined;
  try {
    if (asked !== undefined) await forgetQuestion(tabId);
    if (unread !== undefined) await notAskedAfterAll(tabId, unread.failing);
  } finally {
    window.close();
  }
}

async function showQuestion(tabId: number): Promise<boolean> {
  const question = await questionToShow(tabId);
  if (question === undefined) return false;
  asked = question;
  askedAt = performance.now();
  showFailing(question);
  sendAnyway.disabled = false;
  section.hidden = false;
  document.body.dataset['question'] = 'asked';
  // A stray press of Enter or the space bar sends nothing.
  goBack.focus();
  return true;
}

function showFailing({ failing }: FailingQuestion): void {
  list.replaceChildren(
    ...failing.map(({ address, domain, reasons }) => {
      const item = document.createElement('li');
      const name = document.createElement('bdi');
      name.textContent = shownName(address);
      item.append(name, ` – ${describeReasons(domain, reasons)}`);
      return item;
    }),
  );
  // Where there is no mail server, no choice helps.
  const curable = failing.filter(({ reasons }) => !isWithoutMail(reasons));
  chooseNormal.hidden = curable.length === 0;
  cure.textContent = browser.i18n.getMessage(
    curable.length === 0
      ? 'forecastNormalNoCure'
      : curable.length < failing.length
        ? 'forecastNormalPartCure'
        : 'forecastQuestionCure',
  );
}

async function answerSendAnyway(tabId: number): Promise<void> {
  if (asked === undefined) return;
  sendAnyway.disabled = true;
  const answer = await askToSendAnyway(tabId, asked.id);
  switch (answer) {
    case 'sending':
      window.close();
      return;
    case 'over': // nothing is sent by this press, and that is never left unsaid
    case 'press again':
      hideQuestion();
      status.textContent = browser.i18n.getMessage('forecastPressAgain');
      elementById('done', HTMLButtonElement).focus();
  }
}
