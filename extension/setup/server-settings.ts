import browser from 'webextension-polyfill';
import type { ServedAccount } from '../../shared/control/api.ts';
import { elementById } from '../page-element.ts';
import { nameCopyButtons } from './copy-buttons.ts';

const field = elementById('account-field', HTMLDivElement);
const choice = elementById('account', HTMLSelectElement);
const listed = elementById('served-accounts', HTMLUListElement);

let shown: readonly ServedAccount[] = [];

choice.addEventListener('change', () => showSettingsOf(shown[choice.selectedIndex]));

/** Shows what to type into Thunderbird for the accounts that the proxy listens for. */
export function showServerSettings(accounts: readonly ServedAccount[]): void {
  shown = accounts;
  listed.replaceChildren(...accounts.map(listItem));
  choice.replaceChildren(...accounts.map(option));
  field.hidden = accounts.length < 2;
  showSettingsOf(accounts[0]);
}

function listItem({ name, host, port, server }: ServedAccount): HTMLLIElement {
  const item = document.createElement('li');
  item.textContent = browser.i18n.getMessage('setupServes', [name, `${host}:${port}`, server]);
  return item;
}

function option({ name, server }: ServedAccount): HTMLOptionElement {
  const item = document.createElement('option');
  item.textContent = `${name} (${server})`;
  return item;
}

function showSettingsOf(account: ServedAccount | undefined): void {
  if (account === undefined) return;
  elementById('server-name', HTMLElement).textContent = account.host;
  elementById('port', HTMLElement).textContent = String(account.port);
  const [value, why] = account.tls
    ? ['setupSecurityTls', 'setupSecurityTlsWhy']
    : ['setupSecurityValue', 'setupSecurityWhy'];
  elementById('security', HTMLElement).textContent = browser.i18n.getMessage(value);
  elementById('security-why', HTMLElement).textContent = browser.i18n.getMessage(why);
  nameCopyButtons();
}
