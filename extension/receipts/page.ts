import type { ShownReceipt } from '../../shared/control/api.ts';
import { elementById } from '../page-element.ts';
import { ReceiptBook } from './page-book.ts';
import { offerExports } from './page-export.ts';
import { ReceiptFilter } from './page-filter.ts';
import { ReceiptList } from './page-list.ts';
import { PageNotice, sayNothingAnswers } from './page-notice.ts';
import { pause, whileVisible } from './page-polling.ts';
import { PageStorage } from './page-storage.ts';
import { pageSurroundings, type PageSurroundings } from './page-surroundings.ts';
import { putTexts } from './page-texts.ts';
import { ReceiptWords } from './page-words.ts';

const list = elementById('list', HTMLDivElement);
const empty = elementById('empty', HTMLParagraphElement);
const count = elementById('count', HTMLParagraphElement);

/** The page as long as it is open: asks for what is new, and shows what the person wants to see. */
class ReceiptsPage {
  readonly #around: PageSurroundings;
  readonly #book = new ReceiptBook();
  readonly #filter: ReceiptFilter;
  readonly #list: ReceiptList;
  readonly #notice: PageNotice;
  readonly #storage: PageStorage;
  readonly #number = new Intl.NumberFormat();

  constructor(around: PageSurroundings) {
    this.#around = around;
    const words = new ReceiptWords(around.text);
    this.#filter = new ReceiptFilter(words, () => this.#show());
    this.#list = new ReceiptList(list, words);
    this.#notice = new PageNotice(around);
    this.#storage = new PageStorage(around, () => this.update());
    offerExports(() => this.#filter.of(this.#book.newestFirst));
  }

  /** Asks for what is new, until there is no more. */
  async update(): Promise<void> {
    const isFirst = document.body.dataset['state'] !== 'live';
    let [isChanged, isMore] = [isFirst, true];
    while (isMore) {
      const after = this.#book.upTo;
      const question = after === undefined ? {} : { after };
      const asked = await this.#around.ask<'receipts'>({ ask: 'receipts', ...question });
      if ('no' in asked) return this.#notice.show(asked);
      isChanged = this.#book.note(asked.answer) || isChanged;
      isMore = asked.answer.more;
      if (isMore) this.#showList(); // thousands at once would hold the page up
    }
    this.#notice.clear();
    if (!isChanged) return;
    this.#show();
    if (isFirst) {
      this.#revealLinked();
      await this.#storage.show();
    }
  }

  #showList(): readonly ShownReceipt[] {
    const shown = this.#filter.of(this.#book.newestFirst);
    this.#list.show(shown);
    this.#list.keepOnly(this.#book.newestFirst);
    list.hidden = shown.length === 0;
    return shown;
  }

  #show(): void {
    const all = this.#book.newestFirst;
    const shown = this.#showList();
    empty.hidden = shown.length > 0;
    empty.textContent = this.#around.text(all.length === 0 ? 'receiptsEmpty' : 'receiptsNoMatch');
    count.textContent = this.#filter.isOn
      ? this.#around.text('receiptsCountOf', this.#written(shown.length), this.#written(all.length))
      : this.#around.text('receiptsCount', this.#written(all.length));
    elementById('filter', HTMLFormElement).hidden = false;
    document.body.dataset['shown'] = String(shown.length);
  }

  #written(value: number): string {
    return this.#number.format(value);
  }

  /** A link to the page may name a message by the id in its marker: `#id=K7`. */
  #revealLinked(): void {
    const wanted = /^#id=([A-Za-z0-9_-]{1,64})$/.exec(location.hash)?.[1];
    if (wanted === undefined) return;
    history.replaceState(null, '', location.pathname); // once, and not when the proxy is back
    this.#list.reveal(({ markerId }) => markerId === wanted);
  }
}

/** Without its texts the page can say little; the proxy may be back in a moment. */
async function surroundings(): Promise<PageSurroundings> {
  for (;;) {
    try {
      return await pageSurroundings();
    } catch (cause) {
      console.error('Require TLS could not fetch its texts', cause);
      sayNothingAnswers();
      await pause();
    }
  }
}

const around = await surroundings();
document.documentElement.lang = around.language;
putTexts(document, around.text);
list.ariaLabel = around.text('receiptsList');
const page = new ReceiptsPage(around);
whileVisible(() => page.update());
