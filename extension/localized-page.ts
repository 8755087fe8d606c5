import browser from 'webextension-polyfill';

/**
 * Puts the person's language into a page, or into a template of it: an element with
 * `data-text` gets the message of that name as its text. Text only: no message can become markup.
 */
export function localizePage(page: ParentNode = document): void {
  document.documentElement.lang = browser.i18n.getUILanguage();
  for (const element of page.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = browser.i18n.getMessage(element.dataset['text'] ?? '');
  }
}
