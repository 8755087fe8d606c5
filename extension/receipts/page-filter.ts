import type { ShownReceipt } from '../../shared/control/api.ts';
import { elementById } from '../page-element.ts';
import type { ReceiptWords } from './page-words.ts';

const search = elementById('search', HTMLInputElement);
const outcome = elementById('outcome', HTMLSelectElement);

/** Which receipts the person wants to see: by what became of them, and by any words in them. */
export class ReceiptFilter {
  readonly #words: ReceiptWords;
  readonly #searchable = new WeakMap<ShownReceipt, string>();

  constructor(words: ReceiptWords, onChange: () => void) {
    this.#words = words;
    search.addEventListener('input', onChange);
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

  /** Shows everything again. */
  clear(): void {
    search.value = '';
    outcome.value = 'all';
  }

  #textOf(receipt: ShownReceipt): string {
    const text = this.#searchable.get(receipt) ?? this.#words.searchable(receipt);
    this.#searchable.set(receipt, text);
    return text;
  }
}
