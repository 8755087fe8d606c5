import { elementById } from '../page-element.ts';
import type { PageSurroundings } from './page-surroundings.ts';

const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;

const dialog = elementById('confirm-delete', HTMLDialogElement);
const outcome = elementById('deletion', HTMLParagraphElement);

/** Tells what is kept, where and for how long, and deletes it when the person says so twice. */
export class PageStorage {
  readonly #around: PageSurroundings;
  readonly #onDeleted: () => Promise<void>;

  constructor(around: PageSurroundings, onDeleted: () => Promise<void>) {
    this.#around = around;
    this.#onDeleted = onDeleted;
    onClick('delete-all', () => {
      outcome.textContent = '';
      dialog.showModal();
    });
    onClick('delete-no', () => dialog.close());
    onClick('delete-yes', () => void this.#delete());
  }

  /** Asks, and shows it once there is an answer. */
  async show(): Promise<void> {
    const asked = await this.#around.ask<'storage'>({ ask: 'storage' });
    if ('no' in asked) return;
    const { folder, octets, keptDays, keptOctets } = asked.answer;
    const { text } = this.#around;
    say('stored-where', text('receiptsStoredWhere', folder, sizeInWords(octets)));
    say(
      'stored-how-long',
      text('receiptsStoredHowLong', String(keptDays), sizeInWords(keptOctets)),
    );
    elementById('stored', HTMLElement).hidden = false;
  }

  async #delete(): Promise<void> {
    dialog.close();
    const asked = await this.#around.ask<'delete receipts'>({ ask: 'delete receipts' });
    const { text } = this.#around;
    outcome.textContent = text('no' in asked ? 'receiptsDeleteFailed' : 'receiptsDeleted');
    await this.#onDeleted();
    await this.show();
  }
}

function onClick(id: string, act: () => void): void {
  elementById(id, HTMLButtonElement).addEventListener('click', act);
}

function say(id: string, text: string): void {
  elementById(id, HTMLParagraphElement).textContent = text;
}

function sizeInWords(octets: number): string {
  const isSmall = octets < MEGABYTE;
  const written = new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: isSmall ? 'kilobyte' : 'megabyte',
    maximumFractionDigits: isSmall ? 0 : 1,
  });
  return written.format(isSmall ? Math.ceil(octets / KILOBYTE) : octets / MEGABYTE);
}
