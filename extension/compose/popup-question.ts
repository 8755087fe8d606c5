import browser from 'webextension-polyfill';
import {
  type FailingQuestion,
  forgetQuestion,
  questionToShow,
} from '../forecast/failing-question.ts';
import { describeReasons, isWithoutMail } from '../forecast/forecast-words.ts';
import { askToSendAnyway } from '../forecast/send-anyway.ts';
import { elementById } from '../page-element.ts';
import { shownText } from '../shown-text.ts';

const section = elementById('question', HTMLElement);
const list = elementById('question-failing', HTMLUListElement);
const cure = elementById('question-cure', HTMLParagraphElement);
const status = elementById('status', HTMLParagraphElement);
const goBack = elementById('go-back', HTMLButtonElement);
const sendAnyway = elementById('send-anyway', HTMLButtonElement);
const chooseNormal = elementById('choose-normal', HTMLButtonElement);

/** An address is named whole, and it is the person's own text. */
const LONGEST_ADDRESS = 320;

/**
 * Asks about the recipients for whom Send was cancelled, where that is so.
 *
 * @param toNormal makes the message Normal, which the person then sends
 * @returns whether there is a question
 */
export async function showQuestion(tabId: number, toNormal: () => Promise<void>): Promise<boolean> {
  const question = await questionToShow(tabId);
  if (question === undefined) return false;
  showFailing(question);
  section.hidden = false;
  document.body.dataset['question'] = 'asked';
  // A stray press of Enter or the space bar sends nothing.
  goBack.focus();
  goBack.addEventListener('click', () => void forgetQuestion(tabId).finally(() => window.close()));
  sendAnyway.addEventListener('click', () => void answerSendAnyway(tabId, question.id), {
    once: true,
  });
  chooseNormal.addEventListener('click', () => {
    section.hidden = true;
    void toNormal();
  });
  return true;
}

function showFailing({ failing }: FailingQuestion): void {
  list.replaceChildren(
    ...failing.map(({ address, domain, reasons }) => {
      const item = document.createElement('li');
      const name = document.createElement('bdi');
      name.textContent = shownText(address, LONGEST_ADDRESS);
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

async function answerSendAnyway(tabId: number, question: string): Promise<void> {
  sendAnyway.disabled = true;
  const answer = await askToSendAnyway(tabId, question);
  switch (answer) {
    case 'sending':
    case 'over':
      window.close();
      return;
    case 'press again':
      section.hidden = true;
      status.textContent = browser.i18n.getMessage('forecastPressAgain');
      elementById('done', HTMLButtonElement).focus();
  }
}
