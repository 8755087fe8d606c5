import type { ShownReceipt } from '../../shared/control/api.ts';
import { ReceiptRow } from './page-row.ts';
import type { ReceiptWords } from './page-words.ts';

/**
 * So many rows stand in one block. The browser lays a block out only when it comes into sight
 * (`content-visibility`), and to watch thousands of single rows for that would cost as much again.
 */
const BLOCK_ROWS = 50;

/** More changed rows than this are all put into new blocks; fewer are changed where they are. */
const FEW_ROWS = 100;

/** The rows of all receipts that are shown. */
export class ReceiptList {
  readonly #list: HTMLElement;
  readonly #words: ReceiptWords;
  readonly #rows = new Map<string, ReceiptRow>();
  #shown: readonly ReceiptRow[] = [];
  /** Which one Tab reaches, and which one the person went to. */
  #current: ReceiptRow | undefined;
  #chosen: ReceiptRow | undefined;

  constructor(list: HTMLElement, words: ReceiptWords) {
    this.#list = list;
    this.#words = words;
    list.addEventListener('keydown', (event) => this.#move(event));
    list.addEventListener('focusin', ({ target }) => {
      const focused = this.#shown.find(({ summary }) => summary === target);
      if (focused === undefined) return;
      this.#chosen = focused;
      this.#makeCurrent(focused);
    });
  }

  /** Shows receipts in this order. What does not change is not touched, and keeps its place. */
  show(receipts: readonly ShownReceipt[]): void {
    const before = this.#shown;
    const rows = receipts.map((receipt) => this.#rowOf(receipt));
    this.#shown = rows;
    const changed = changedPart(before, rows);
    const isInTheMiddle = changed.first > 0 && changed.after.length > FEW_ROWS;
    if (isInTheMiddle || changed.before.length > FEW_ROWS) {
      this.#list.replaceChildren(...blocksOf(rows));
    } else {
      const staying = new Set(changed.after);
      for (const row of changed.before) if (!staying.has(row)) row.element.remove();
      this.#insert(changed.after, rows[changed.first + changed.after.length], changed.first === 0);
      for (const block of this.#list.querySelectorAll('.block:empty')) block.remove();
    }
    const stays = this.#chosen !== undefined && rows.includes(this.#chosen);
    this.#makeCurrent(stays ? this.#chosen : rows[0]);
  }

  /** Forgets rows of receipts that are gone for good. */
  keepOnly(receipts: readonly ShownReceipt[]): void {
    const ids = new Set(receipts.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
  }

  /** Opens the receipt of a message, and brings it into sight. */
  reveal(isWanted: (receipt: ShownReceipt) => boolean): boolean {
    const row = this.#shown.find(({ receipt }) => isWanted(receipt));
    row?.open();
    row?.summary.focus();
    return row !== undefined;
  }

  #rowOf(receipt: ShownReceipt): ReceiptRow {
    const known = this.#rows.get(receipt.id);
    known?.show(receipt);
    const row = known ?? new ReceiptRow(receipt, this.#words);
    this.#rows.set(receipt.id, row);
    return row;
  }

  /** @param next the row that comes after them; undefined at the end */
  #insert(rows: readonly ReceiptRow[], next: ReceiptRow | undefined, isFirst: boolean): void {
    if (rows.length === 0) return;
    const elements = rows.map(({ element }) => element);
    const block = next?.element.parentElement;
    const isFull = (block?.childElementCount ?? 0) + rows.length > BLOCK_ROWS;
    if (next === undefined || block === null || block === undefined) {
      this.#list.append(...blocksOf(rows));
    } else if (isFirst && isFull) {
      this.#list.prepend(...blocksOf(rows));
    } else {
      next.element.before(...elements);
    }
  }

  /** Of thousands of rows Tab reaches one, and the arrow keys lead to the others. */
  #makeCurrent(row: ReceiptRow | undefined): void {
    if (this.#current !== undefined) this.#current.summary.tabIndex = -1;
    this.#current = row;
    if (row !== undefined) row.summary.tabIndex = 0;
  }

  #move(event: KeyboardEvent): void {
    const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (altKey || ctrlKey || metaKey || shiftKey) return;
    const at = this.#shown.findIndex(({ summary }) => summary === target);
    if (at === -1) return;
    const last = this.#shown.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(at + 1, last),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: last,
    };
    const place = places[key];
    if (place === undefined) return;
    event.preventDefault();
    this.#shown[place]?.summary.focus();
  }
}

function blocksOf(rows: readonly ReceiptRow[]): readonly HTMLElement[] {
  const blocks: HTMLElement[] = [];
  for (let at = 0; at < rows.length; at += BLOCK_ROWS) {
    const block = document.createElement('div');
    block.className = 'block';
    block.append(...rows.slice(at, at + BLOCK_ROWS).map(({ element }) => element));
    blocks.push(block);
  }
  return blocks;
}

type ChangedPart = {
  /** Where it begins, in both. */
  readonly first: number;
  readonly before: readonly ReceiptRow[];
  readonly after: readonly ReceiptRow[];
};

/** What is left of two lists when the rows that they begin and end with alike are taken off. */
function changedPart(before: readonly ReceiptRow[], after: readonly ReceiptRow[]): ChangedPart {
  const shorter = Math.min(before.length, after.length);
  let first = 0;
  while (first < shorter && before[first] === after[first]) first += 1;
  let same = 0;
  while (same < shorter - first && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return {
    first,
    before: before.slice(first, before.length - same),
    after: after.slice(first, after.length - same),
  };
}
