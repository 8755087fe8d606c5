import browser from 'webextension-polyfill';
import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { localizePage } from '../localized-page.ts';
import { elementById } from '../page-element.ts';
import { openReceipts } from '../receipts/unprotected.ts';
import { thunderbird } from '../thunderbird.ts';
import { describeNotSent, couldGoAsNormal, takeReason } from './not-sent.ts';
import { askBackground, type PopupMessage } from './popup-messages.ts';
import { keepForecastShown, lookAgain } from './popup-forecast.ts';
import { putAsideOutcome, showOutcome } from './popup-outcome.ts';
import { hideQuestion, isAsking, leave, startQuestion } from './popup-question.ts';
import { showWay } from './popup-way.ts';
import type { WindowRequirement } from './requirement-store.ts';
import { noteKnowledge } from './window-knowledge.ts';

const form = elementById('choice', HTMLFormElement);
const status = elementById('status', HTMLParagraphElement);
const notice = elementById('notice', HTMLDivElement);
const noticeText = elementById('notice-text', HTMLParagraphElement);
const sendAsNormal = elementById('send-as-normal', HTMLButtonElement);

/** The newest question to the background page: only its answer is shown. */
let newest: Promise<void> = Promise.resolve();

/** Asks, and shows what the window really asks for once the answer is there. */
function ask(message: PopupMessage): void {
  delete document.body.dataset['settled'];
  const isNewest = (): boolean => newest === asked;
  const asked = askAndShow(message, isNewest);
  newest = asked;
}

async function askAndShow(message: PopupMessage, isNewest: () => boolean): Promise<void> {
  const requirement = await request(message).catch((cause: unknown): WindowRequirement => {
    console.error('Require TLS could not tell what the window asks for', cause);
    return 'unreadable';
  });
  if (!isNewest()) return;

  show(requirement);
  if (message.kind === 'choose') {
    const stored = requirement === message.requirement;
    status.textContent = browser.i18n.getMessage(stored ? 'popupSettled' : 'popupFailed');
  }
  await showNotice(message.tabId, requirement);
}

async function request(message: PopupMessage): Promise<WindowRequirement> {
  // Noted here already: a Send may reach a background page that starts before our message does.
  if (message.kind === 'choose') await noteKnowledge(message.tabId, 'choosing');
  return await askBackground(message);
}

function show(requirement: WindowRequirement): void {
  for (const known of TLS_REQUIREMENTS) {
    elementById(known, HTMLInputElement).checked = known === requirement;
  }
  document.body.dataset['settled'] = requirement;
}

function chosenRequirement(): TlsRequirement | undefined {
  const chosen = new FormData(form).get('requirement');
  return TLS_REQUIREMENTS.find((known) => known === chosen);
}

/** Says why the message was not sent or, before Send has to say so, why it could not be. */
async function showNotice(tabId: number, requirement: WindowRequirement): Promise<void> {
  const reason = await takeReason(tabId);
  const uncertain = requirement === 'unreadable' ? browser.i18n.getMessage('popupUnreadable') : '';
  const text = reason ? describeNotSent(reason) : uncertain;
  elementById('notice-title', HTMLElement).hidden = reason === undefined;
  sendAsNormal.hidden = reason === undefined || !couldGoAsNormal(reason);
  noticeText.textContent = text;
  notice.hidden = text === '';
}

/** Looks at the way once more, and says what the person can do now. */
async function checkAgain(tabId: number): Promise<void> {
  status.textContent = '';
  lookAgain();
  const isClear = await showWay(tabId);
  // While a question is open, another thing than the way keeps the message back.
  if (isClear !== true || isAsking()) return;
  notice.hidden = true;
  status.textContent = browser.i18n.getMessage('popupClearNow');
}

/** The cure for a message that may be sent without protection; the person sends it. */
async function chooseNormal(tabId: number): Promise<void> {
  ask({ kind: 'choose', tabId, requirement: 'default' });
  await newest;
  if (chosenRequirement() !== 'default') return;
  status.textContent = browser.i18n.getMessage('popupNormalNow');
  elementById('done', HTMLButtonElement).focus();
}

async function openSetup(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}

async function openReceiptsPage(): Promise<void> {
  await openReceipts();
  window.close();
}

function onClick(button: HTMLButtonElement, act: () => void | Promise<void>): void {
  button.addEventListener('click', () => void act());
}

async function start(): Promise<void> {
  localizePage();
  const [tab] = await thunderbird.tabs.query({ active: true, currentWindow: true });
  const tabId = tab?.id;
  if (tabId === undefined) throw new Error('The popup belongs to no window');

  form.addEventListener('change', () => {
    const requirement = chosenRequirement();
    hideQuestion();
    if (requirement !== undefined) ask({ kind: 'choose', tabId, requirement });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    window.close(); // the background page finishes what was asked of it
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') void leave(tabId);
  });
  onClick(sendAsNormal, async () => await chooseNormal(tabId));
  onClick(elementById('check-again', HTMLButtonElement), async () => await checkAgain(tabId));
  onClick(elementById('put-aside', HTMLButtonElement), async () => await putAsideOutcome(tabId));
  thunderbird.compose.onIdentityChanged.addListener((changed) => {
    if (changed.id === tabId) void showWay(tabId);
  });
  ask({ kind: 'read', tabId });
  void keepForecastShown(tabId);
  void showOutcome();
  await newest;
  const isAsked = await startQuestion(tabId, async () => await chooseNormal(tabId));
  void showWay(tabId);
  if (isAsked) return;
  // Where nothing is chosen, a stray press of the space bar must not make the message weaker.
  elementById(chosenRequirement() ?? 'required', HTMLInputElement).focus();
}

onClick(elementById('open-setup', HTMLButtonElement), openSetup);
onClick(elementById('forecast-set-up', HTMLButtonElement), openSetup);
onClick(elementById('open-receipts', HTMLButtonElement), openReceiptsPage);
document.addEventListener('keydown', (event) => {
  // Send pressed once more, or a key that is held down: neither answers what just appeared.
  const isSend = event.ctrlKey || event.metaKey || event.repeat;
  if (event.key === 'Enter' && isSend) event.preventDefault();
});
await start();
