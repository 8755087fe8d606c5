import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LANGUAGES, type Language } from './opened-page.ts';

const EXTENSION = join(import.meta.dirname, '../../extension');

type Messages = Readonly<
  Record<string, { readonly message: string; readonly placeholders?: Readonly<object> }>
>;

function messagesOf(language: Language): Messages {
  return JSON.parse(readFileSync(join(EXTENSION, '_locales', language, 'messages.json'), 'utf8'));
}

/** All of the extension's own text files but the messages themselves. */
function sources(): string {
  return readdirSync(EXTENSION, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|html|json)$/.test(path) && !path.startsWith('_locales'))
    .map((path) => readFileSync(join(EXTENSION, path), 'utf8'))
    .join('\n');
}

const english = messagesOf('en');

/** What must be the same in all languages. */
function shapeOf(messages: Messages): readonly object[] {
  return Object.entries(messages).map(([key, { message, placeholders = {} }]) => ({
    key,
    used: (message.match(/\$\w+\$/g) ?? []).toSorted(),
    declared: placeholders,
    isEmpty: message.trim() === '',
  }));
}

test.each(LANGUAGES)(
  '%s has every message, with the placeholders of the English one',
  (language) => {
    expect(shapeOf(messagesOf(language))).toEqual(shapeOf(english));
  },
);

test.each(['fr', 'de'] as const)('%s is translated, not copied', (language) => {
  const messages = messagesOf(language);
  const same = Object.keys(english).filter(
    (key) => messages[key]?.message === english[key]?.message,
  );
  // Names, and words that the languages share.
  const shared = [
    'productName',
    'popupTitle',
    'requirementDefault',
    'setupPort',
    'setupPairCode',
    'setupSecurityTls',
  ];
  const inGerman = ['buttonLabelUnknown', 'buttonLabelDefault', 'forecastFailing'];
  expect(same.filter((key) => ![...shared, ...inGerman].includes(key))).toEqual([]);
});

test('every message is used, and every message that is used exists', () => {
  const text = sources();
  const named = [
    ...text.matchAll(/data-text="(\w+)"/g),
    ...text.matchAll(/__MSG_(\w+)__/g),
    ...text.matchAll(
      /'((?:button|forecast|notSent|outcome|popup|proxy|receipts|requirement|route|setup)[A-Z]\w*)'/g,
    ),
  ].map(([, key = '']) => key);
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(english).toSorted());
});
