import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  DETAIL_TEXTS,
  REASON_TEXTS,
  VERDICT_TEXTS,
} from '../../extension/forecast/forecast-texts.ts';
import { DETAIL_WORDS } from '../../shared/forecast/detail-words.ts';
import { REASON_WORDS, VERDICT_WORDS } from '../../shared/forecast/reason-words.ts';

type Messages = Readonly<
  Record<
    string,
    {
      readonly message: string;
      readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
    }
  >
>;

const ENGLISH: Messages = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../extension/_locales/en/messages.json'), 'utf8'),
);

/** A message as the command line writes its own, with the placeholders that are filled in. */
function wordsOf(key: string): string | undefined {
  const { message, placeholders = {} } = ENGLISH[key] ?? {};
  const names = ['domain', 'host', 'detail'];
  return message?.replaceAll(/\$(\w+)\$/g, (_whole, name: string) => {
    const at = Number(placeholders[name]?.content.slice(1)) - 1;
    return `{${names[at] ?? 'nothing'}}`;
  });
}

const inWords = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([code, key]) => [code, wordsOf(key)]));

test.each([
  { what: 'reason', texts: REASON_TEXTS, words: REASON_WORDS },
  { what: 'verdict', texts: VERDICT_TEXTS, words: VERDICT_WORDS },
  { what: 'detail', texts: DETAIL_TEXTS, words: DETAIL_WORDS },
])('F6: the popup says each $what in the words of the command line', ({ texts, words }) => {
  expect(inWords(texts)).toEqual(words);
});
