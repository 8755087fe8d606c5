import browser from 'webextension-polyfill';
import { localizePage } from '../localized-page.ts';
import { elementById } from '../page-element.ts';
import { thunderbird } from '../thunderbird.ts';
import { isConfirmed, setConfirmed } from './confirmed-identities.ts';

/** What the page needs of an identity; one without an id or address cannot be confirmed. */
type Identity = { readonly id: string; readonly email: string; readonly name: string };

const list = elementById('identities', HTMLUListElement);
const template = elementById('identity', HTMLTemplateElement);
const status = elementById('status', HTMLParagraphElement);

function say(message: string, substitution?: string): void {
  status.textContent = browser.i18n.getMessage(message, substitution);
}

/** All identities, in the order of Thunderbird's accounts. */
async function identities(): Promise<readonly Identity[]> {
  const accounts = await thunderbird.accounts.list(false);
  return accounts
    .flatMap((account) => account.identities)
    .flatMap(({ id, email, name }) => (id && email ? [{ id, email, name: name ?? '' }] : []));
}

async function listItem(identity: Identity): Promise<Node> {
  const item = document.importNode(template.content, true);
  const box = item.querySelector('input');
  const name = item.querySelector('.name');
  const address = item.querySelector('.address');
  if (box === null || name === null || address === null) throw new Error('Template without parts');

  name.textContent = identity.name;
  address.textContent = identity.email;
  box.dataset['identity'] = identity.id;
  box.checked = await isConfirmed(identity.id);
  box.addEventListener('change', () => void confirm(identity, box));
  return item;
}

/** Stores a tick, and shows what is really stored. */
async function confirm(identity: Identity, box: HTMLInputElement): Promise<void> {
  try {
    await setConfirmed(identity, box.checked);
    box.checked = await isConfirmed(identity.id);
    say(box.checked ? 'setupConfirmed' : 'setupNotConfirmed', identity.email);
  } catch (cause) {
    console.error('The confirmation could not be stored', cause);
    box.checked = !box.checked;
    say('setupStoreFailed');
  }
}

async function copy(value: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(value);
    say('setupCopied', value);
  } catch (cause) {
    console.info('The clipboard did not take a value', cause);
    say('setupCopyFailed', value);
  }
}

function makeCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    const value = elementById(button.dataset['copy'] ?? '', HTMLElement).textContent;
    button.setAttribute('aria-label', browser.i18n.getMessage('setupCopyValue', value));
    button.addEventListener('click', () => void copy(value));
  }
}

async function start(): Promise<void> {
  localizePage();
  localizePage(template.content);
  makeCopyButtons();
  const known = await identities();
  list.replaceChildren(...(await Promise.all(known.map(listItem))));
  elementById('no-identities', HTMLParagraphElement).hidden = known.length > 0;
  document.body.dataset['ready'] = String(known.length);
}

await start();
