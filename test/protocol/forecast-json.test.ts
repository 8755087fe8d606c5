import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  FORECAST,
  FORECAST_JSON_VERSION,
  REASONS,
  SHOWN_FACT,
} from '../../shared/forecast/forecast.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../proxy/README.md'), 'utf8');
const [, SECTION = ''] = README.split(/^## The forecast as JSON$/m);
const [TABLE = '', BELOW = ''] = SECTION.split(/^A reason that excludes/m);

/** What the table says of a key, by the key. */
const ROWS = new Map(
  [...TABLE.matchAll(/^\| `(\S+)` +\| (.+?) +\|$/gm)].map(([, key = '', says = '']) => [key, says]),
);

function keysOf(entries: object, before = ''): readonly string[] {
  return Object.keys(entries).map((key) => before + key);
}

/** What stands between backticks. */
function wordsIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

test('proxy/README tells of each key of forecast --json, and of no other', () => {
  const { entries } = FORECAST;
  expect([...ROWS.keys()].toSorted()).toEqual(
    [
      ...keysOf(entries),
      ...keysOf(entries.reasons.item.entries, 'reasons[].'),
      ...keysOf(entries.facts.item.entries, 'facts[].'),
    ].toSorted(),
  );
  expect(SECTION).toContain(`\`version\`, which is ${FORECAST_JSON_VERSION},`);
});

test.each([
  ['verdict', FORECAST.entries.verdict.options],
  ['route', FORECAST.entries.route.options],
  ['requireTls', FORECAST.entries.requireTls.options],
  ['facts[].about', SHOWN_FACT.entries.about.options],
  ['facts[].source', SHOWN_FACT.entries.source.options],
] as const)('and of all that %s can be', (key, options) => {
  expect(wordsIn(ROWS.get(key) ?? '')).toEqual([...options]);
});

test('and of the code of each reason', () => {
  expect(wordsIn(BELOW)).toEqual([...REASONS]);
});
