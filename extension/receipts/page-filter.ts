import type { ShownReceipt } from '../../shared/control/api.ts';
import { elementById } from '../page-element.ts';
import type { ReceiptWords } from './page-words.ts';

const search = elementById('search', HTMLInputElement);
const outcome = elementById('outcome', HTMLSelectElement);

/** Between two letters: with thousands of receipts, each look for words holds the page up. */
const TYPING_MS = 120;

/** Which receipts the person wants to see: by what became of them, and by any words in them. */
export class ReceiptFilter {
  readonly #words: ReceiptWords;
  readonly #searchable = new WeakMap<ShownReceipt, string>();

  constructor(words: ReceiptWords, onChange: () => void) {
    this.#words = words;
    let typing: ReturnType<typeof setTimeout> | undefined;
    search.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(onChange, TYPING_MS);
    });
    outcome.addEventListener('change', onChange);
    elementById('filter', HTMLFormElement).addEventListener('submit', (event) =>
      event.preventDefault(),
    );
  }

  get isOn(): boolean {
    return search.value.trim() !== '' || outcome.value !== 'all';
  }

  /** @returns those among the receipts that have the outcome and all of the words */
  of(receipts: readonly ShownReceipt[]): readonly ShownReceipt[] {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return receipts.filter((receipt) => {
      if (outcome.value !== 'all' && receipt.outcome !== outcome.value) return false;
      return wanted.every((word) => this.#textOf(receipt).includes(word));
    });
  }

  #textOf(receipt: ShownReceipt): string {
    const text = this.#searchable.get(receipt) ?? this.#words.searchable(receipt);
    this.#searchable.set(receipt, text);
    return text;
  }
}
