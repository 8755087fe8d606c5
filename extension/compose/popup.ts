import browser from 'webextension-polyfill';
import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { localizePage } from '../localized-page.ts';
import { elementById } from '../page-element.ts';
import { isConfirmed } from '../setup/confirmed-identities.ts';
import { thunderbird } from '../thunderbird.ts';
import { describeNotSent, takeReason } from './not-sent.ts';
import { askBackground, type PopupMessage } from './popup-messages.ts';
import type { WindowRequirement } from './requirement-store.ts';
import { noteKnowledge } from './window-knowledge.ts';

const form = elementById('choice', HTMLFormElement);
const status = elementById('status', HTMLParagraphElement);
const notice = elementById('notice', HTMLDivElement);
const noticeText = elementById('notice-text', HTMLParagraphElement);

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
  const text = reason ? describeNotSent(reason) : await obstacle(tabId, requirement);
  elementById('notice-title', HTMLElement).hidden = reason === undefined;
  noticeText.textContent = text;
  notice.hidden = text === '';
}

/** What would keep a message of this window from being sent; empty when nothing would. */
async function obstacle(tabId: number, requirement: WindowRequirement): Promise<string> {
  if (requirement === 'unreadable') return browser.i18n.getMessage('popupUnreadable');

  const { identityId } = await thunderbird.compose.getComposeDetails(tabId);
  if (identityId === undefined || (await isConfirmed(identityId))) return '';
  const identity = await thunderbird.identities.get(identityId);
  return browser.i18n.getMessage('popupUnconfirmed', identity?.email ?? identityId);
}

async function openSetup(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}

async function start(): Promise<void> {
  localizePage();
  const [tab] = await thunderbird.tabs.query({ active: true, currentWindow: true });
  const tabId = tab?.id;
  if (tabId === undefined) throw new Error('The popup belongs to no window');

  form.addEventListener('change', () => {
    const requirement = chosenRequirement();
    if (requirement !== undefined) ask({ kind: 'choose', tabId, requirement });
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    window.close(); // the background page finishes what was asked of it
  });
  ask({ kind: 'read', tabId });
  await newest;
  // Where nothing is chosen, a stray press of the space bar must not make the message weaker.
  elementById(chosenRequirement() ?? 'required', HTMLInputElement).focus();
}

elementById('open-setup', HTMLButtonElement).addEventListener('click', () => {
  void openSetup();
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') window.close();
});
await start();
