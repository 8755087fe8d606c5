import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const README = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

/** A row of one of README's tables of refusals. */
export type RefusalRow = {
  /** `550 5.7.30`; empty in the table of what carries no code. */
  readonly codes: readonly string[];
  /** The sentence as far as it is always the same. */
  readonly begins: string;
  readonly whatToDo: string;
};

/** The rows below the heading on messages that are not sent. */
export function refusalRows(): readonly RefusalRow[] {
  const [, section = ''] = README.split(/^## When a message is not sent$/m);
  const [text = ''] = section.split(/^#{2,3} /m);
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| *(?:-|Code |It says )/.test(line))
    .map(cellsOf)
    .map((cells) => (cells.length === 2 ? ['', ...cells] : cells))
    .map(([codes = '', says = '', whatToDo = '']) => ({
      codes: codes.replaceAll('`', '').split(', '),
      begins: says.replaceAll('…', '').trim(),
      whatToDo,
    }));
}

/** The cells of one line of a table. */
export function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The one fenced block of a language in README. */
export function fencedBlock(language: string): string {
  const [block, ...more] = fencedBlocks(language);
  if (block === undefined || more.length > 0) {
    throw new Error(`README has not exactly one block of ${language}`);
  }
  return block;
}

/** The fenced blocks of a language in README, in its order. */
export function fencedBlocks(language: string): readonly string[] {
  const blocks = README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'));
  return [...blocks].map(([, block = '']) => block);
}
