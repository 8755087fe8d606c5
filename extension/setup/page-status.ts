import browser from 'webextension-polyfill';
import { elementById } from '../page-element.ts';

const status = elementById('status', HTMLParagraphElement);

/** Says at the foot of the page what came of a click, wherever on the page it was. */
export function say(message: string, substitution?: string): void {
  status.textContent = browser.i18n.getMessage(message, substitution);
}
