import { receiptSentence } from '../../shared/submission/receipt-sentence.ts';
import type { Receipt } from '../../shared/submission/receipt.ts';
import type { TlsRequirement } from '../../shared/submission/requirement.ts';
import { broken } from './columns.ts';

const CHOICES: Readonly<Record<TlsRequirement, string>> = {
  default: 'Normal',
  required: 'Require TLS',
  optional: 'Deliver anyway',
};

const WHEN_WIDTH = 'YYYY-MM-DD HH:MM:SS'.length;
const CHOICE_WIDTH = CHOICES.optional.length;
const GAP = '  ';
const BEFORE_TEXT = WHEN_WIDTH + CHOICE_WIDTH + 2 * GAP.length;

/** Narrower, and the sentence would be a tower of words. */
const NARROWEST_TEXT = 30;

/**
 * What stands above the rows.
 *
 * @param width characters a line holds; undefined where nobody counts them
 */
export function tableHead(width: number | undefined): string {
  return isNarrow(width) ? '' : row('When', 'Choice', 'What became of it', width);
}

/** One receipt as one row: a line, or as many as the sentence needs at that width. */
export function tableRow(receipt: Receipt, width: number | undefined): string {
  const { requirement } = receipt;
  const choice = requirement === undefined ? '(unclear)' : CHOICES[requirement];
  return row(localTime(receipt.time), choice, receiptSentence(receipt), width);
}

function row(when: string, choice: string, text: string, width: number | undefined): string {
  const before = `${when.padEnd(WHEN_WIDTH)}${GAP}${choice.padEnd(CHOICE_WIDTH)}${GAP}`;
  if (width === undefined) return `${before}${text}\n`;
  if (isNarrow(width)) {
    const lines = broken(GAP + text, Math.max(width, NARROWEST_TEXT), GAP);
    return [before.trimEnd(), ...lines].map((line) => `${line}\n`).join('');
  }
  const [first = '', ...others] = broken(text, width - BEFORE_TEXT, '');
  const below = others.map((line) => ' '.repeat(BEFORE_TEXT) + line);
  return [before + first, ...below].map((line) => `${line}\n`).join('');
}

function isNarrow(width: number | undefined): boolean {
  return width !== undefined && width - BEFORE_TEXT < NARROWEST_TEXT;
}

/** As a clock on the wall says it, in an order that sorts. */
function localTime(time: string): string {
  const at = new Date(time);
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()];
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()];
  return `${date.map(twoDigits).join('-')} ${clock.map(twoDigits).join(':')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
