import type { ShownReceipt } from '../../shared/control/api.ts';
import type { ReceiptWords, WayPart } from './page-words.ts';

/** One receipt in the list: a line or two, and behind them all that is known of it. */
export class ReceiptRow {
  readonly element: HTMLElement;
  readonly summary: HTMLElement;
  readonly #details: HTMLDetailsElement;
  readonly #words: ReceiptWords;
  #receipt: ShownReceipt;

  constructor(receipt: ShownReceipt, words: ReceiptWords) {
    this.#receipt = receipt;
    this.#words = words;
    this.#details = document.createElement('details');
    this.#details.className = 'receipt';
    this.#details.dataset['id'] = receipt.id;
    this.summary = document.createElement('summary');
    this.summary.tabIndex = -1; // one of them all is reached by Tab, see page-list.ts
    this.#details.append(this.summary);
    this.element = document.createElement('div');
    this.element.role = 'listitem';
    this.element.append(this.#details);
    this.#fill();
    // What is behind a row is made when somebody looks: there may be thousands.
    this.#details.addEventListener('toggle', () => this.#fillDetails());
  }

  get receipt(): ShownReceipt {
    return this.#receipt;
  }

  /** Shows what became of the receipt. Open or closed, it stays as it is. */
  show(receipt: ShownReceipt): void {
    if (receipt === this.#receipt) return;
    this.#receipt = receipt;
    this.#fill();
    this.#fillDetails();
  }

  open(): void {
    this.#details.open = true;
  }

  #fill(): void {
    const { outcome, requirement, time, server, reply } = this.#receipt;
    this.#details.dataset['outcome'] = outcome;
    const words = this.#words;
    const when = document.createElement('time');
    when.dateTime = time;
    when.textContent = words.moment(time);
    const choice = piece('choice', words.choice(this.#receipt));
    choice.dataset['requirement'] = requirement ?? 'unclear';
    const parts = [
      piece('outcome', words.outcome(this.#receipt)),
      when,
      choice,
      wayPiece(words.way(this.#receipt)),
      piece('server', server),
    ];
    if (outcome !== 'relayed' && reply?.text) parts.push(piece('reply', reply.text));
    // Blanks between them, for those who hear the line or copy it.
    this.summary.replaceChildren(...parts.flatMap((part) => [part, ' ']));
  }

  #fillDetails(): void {
    this.#details.querySelector('dl')?.remove();
    if (!this.#details.open) return;
    const list = document.createElement('dl');
    for (const [name, value] of this.#words.details(this.#receipt)) {
      const term = document.createElement('dt');
      term.textContent = name;
      const description = document.createElement('dd');
      description.textContent = value;
      const pair = document.createElement('div');
      pair.append(term, description);
      list.append(pair);
    }
    this.#details.append(list);
  }
}

function piece(className: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

function wayPiece(parts: readonly WayPart[]): HTMLElement {
  const element = piece('way', '');
  for (const { by, text } of parts) {
    if (by === 'us') {
      element.append(text);
    } else {
      const isolated = document.createElement('bdi');
      isolated.textContent = text;
      element.append(isolated);
    }
  }
  return element;
}
