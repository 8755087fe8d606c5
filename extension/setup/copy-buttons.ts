import browser from 'webextension-polyfill';
import { elementById } from '../page-element.ts';
import { say } from './page-status.ts';

/** Gives each button with `data-copy` the work to copy what the element of that id says by then. */
export function makeCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    button.addEventListener('click', () => void copy(copied(button)));
  }
  nameCopyButtons();
}

/** Says on each button what it copies; called again when that has changed. */
export function nameCopyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    button.setAttribute('aria-label', browser.i18n.getMessage('setupCopyValue', copied(button)));
  }
}

function copied(button: HTMLButtonElement): string {
  return elementById(button.dataset['copy'] ?? '', HTMLElement).textContent;
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
