import { elementById } from '../page-element.ts';
import type { PageAsk, PageAsked, PageSurroundings, WhyNoReceipts } from './page-surroundings.ts';

type NoAnswer = Extract<PageAsked<PageAsk>, { no: unknown }>;

/** What is wrong, and what helps. */
const TEXTS = {
  'no answer': 'receiptsNoAnswer',
  'not paired': 'receiptsNotPaired',
  'not proved': 'receiptsNotProved',
  refused: 'receiptsRefused',
  failed: 'receiptsFailed',
  spent: 'receiptsSpent',
} as const satisfies Record<WhyNoReceipts, string>;

/** What to type in a terminal. */
const COMMANDS: Readonly<Partial<Record<WhyNoReceipts, string>>> = {
  'no answer': 'requiretls run',
  'not paired': 'requiretls pair',
  refused: 'requiretls pair',
  spent: 'requiretls receipts --open',
};

const notice = elementById('notice', HTMLDivElement);
const openSetup = elementById('open-setup', HTMLButtonElement);

/** Says why there are no receipts, or no new ones, until there are. */
export class PageNotice {
  readonly #around: PageSurroundings;

  constructor(around: PageSurroundings) {
    this.#around = around;
    openSetup.addEventListener('click', () => void around.openSetup?.());
  }

  show({ no, detail }: NoAnswer): void {
    const text = this.#around.text(TEXTS[no], detail);
    const command = COMMANDS[no];
    const paragraph = elementById('notice-text', HTMLParagraphElement);
    // It is read out whenever it is put in.
    if (notice.hidden || paragraph.textContent !== text) paragraph.textContent = text;
    elementById('notice-command', HTMLParagraphElement).hidden = command === undefined;
    elementById('command', HTMLElement).textContent = command ?? '';
    openSetup.hidden =
      this.#around.openSetup === undefined || !['not paired', 'refused', 'not proved'].includes(no);
    notice.hidden = false;
    document.body.dataset['state'] = no;
  }

  clear(): void {
    notice.hidden = true;
    document.body.dataset['state'] = 'live';
  }
}

/** Before there are texts in the person's language: the page has these in English. */
export function sayNothingAnswers(): void {
  notice.hidden = false;
  document.body.dataset['state'] = 'no answer';
}
