import browser from 'webextension-polyfill';
import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { localizePage } from '../localized-page.ts';
import { elementById } from '../page-element.ts';
import { isConfirmed } from '../setup/confirmed-identities.ts';
import { thunderbird } from '../thunderbird.ts';
import { askBackground, type PopupMessage } from './popup-messages.ts';
import type { WindowRequirement } from './requirement-store.ts';

const form = elementById('choice', HTMLFormElement);
const status = elementById('status', HTMLParagraphElement);
const unconfirmed = elementById('unconfirmed', HTMLParagraphElement);

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
  try {
    const requirement = await askBackground(message);
    if (isNewest()) show(requirement, textAfter(message, requirement));
  } catch (cause) {
    console.error('Require TLS could not reach the window', cause);
    if (isNewest()) show('unreadable', 'popupFailed');
  }
}

function textAfter(message: PopupMessage, requirement: WindowRequirement): string | undefined {
  if (requirement === 'unreadable') return 'popupUnreadable';
  return message.kind === 'choose' ? 'popupSettled' : undefined;
}

function show(requirement: WindowRequirement, text: string | undefined): void {
  for (const known of TLS_REQUIREMENTS) {
    elementById(known, HTMLInputElement).checked = known === requirement;
  }
  status.textContent = text === undefined ? '' : browser.i18n.getMessage(text);
  status.classList.toggle('warning', requirement === 'unreadable');
  document.body.dataset['settled'] = requirement;
}

function chosenRequirement(): TlsRequirement | undefined {
  const chosen = new FormData(form).get('requirement');
  return TLS_REQUIREMENTS.find((known) => known === chosen);
}

/** Says that messages of this identity cannot be marked yet, before Send says so. */
async function showUnconfirmed(tabId: number): Promise<void> {
  const { identityId } = await thunderbird.compose.getComposeDetails(tabId);
  if (identityId !== undefined && (await isConfirmed(identityId))) return;

  const address = identityId && (await thunderbird.identities.get(identityId))?.email;
  unconfirmed.textContent = browser.i18n.getMessage('popupUnconfirmed', address || '?');
  unconfirmed.hidden = false;
}

async function closeWhenSettled(): Promise<void> {
  await newest;
  window.close();
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
    void closeWhenSettled();
  });
  ask({ kind: 'read', tabId });
  await Promise.all([newest, showUnconfirmed(tabId)]);
  elementById(chosenRequirement() ?? 'default', HTMLInputElement).focus();
}

elementById('open-setup', HTMLButtonElement).addEventListener('click', () => {
  void openSetup();
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') window.close();
});
await start();
