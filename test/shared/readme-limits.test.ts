import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { cellsOf } from '../readme.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
  KB: 1024,
  MB: 1024 * 1024,
};

/** `50`, `3.5 s`, `12,288 octets`, `three tries`, `a day`. */
const QUANTITY = /(?<!\w)(\d[\d.,]*|three|an?(?= (?:hour|day)\b))(?: (s|min|hour|days?|KB|MB)\b)?/g;

/** `NAME = 24 * 60 * 60 * 1000`, also as `name: 100 * DAY_MS` inside an object. */
const CONSTANT = /\b(\w+)(?: =|:) (\w+(?: \* \w+)*)/g;

const files = ['proxy', 'shared'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
    (file) => `${folder}/${file}`,
  ),
);

const [, limits = ''] = readFileSync(path.join(ROOT, 'proxy/README.md'), 'utf8').split(
  /^## Limits$/m,
);
const rows = (limits.split(/^## /m)[0] ?? '')
  .split('\n')
  .filter((line) => /`[^`]+\.ts` *\|$/.test(line))
  .map(cellsOf);

test('the table of limits in proxy/README is there to be read', () => {
  expect(rows.length).toBeGreaterThan(40);
});

test.each(rows)('proxy/README: the limit of %s is %s', (_what, limit = '', where = '') => {
  const constants = new Set(
    [...where.matchAll(/`([^`]+)`/g)].flatMap(([, file = '']) => valuesIn(file)),
  );
  for (const quantity of quantitiesOf(limit)) expect([...constants]).toContain(quantity);
});

/** Times in milliseconds, sizes in octets. */
function quantitiesOf(limit: string): readonly number[] {
  return [...limit.matchAll(QUANTITY)].map(([, number = '', unit]) => {
    const count = number.startsWith('a')
      ? 1
      : number === 'three'
        ? 3
        : Number(number.replaceAll(',', ''));
    return count * (unit === undefined ? 1 : (UNITS[unit] ?? Number.NaN));
  });
}

/** The values of all constants in the one file that README means. */
function valuesIn(name: string): readonly number[] {
  const [folder = '', inIt = ''] = name.includes('/…/') ? name.split('/…/') : ['proxy', name];
  const [file, ...others] = files.filter(
    (one) => one.startsWith(`${folder}/`) && path.basename(one) === inIt,
  );
  if (file === undefined || others.length > 0) throw new Error(`${name} is not one file`);
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  const named = new Map<string, number>();
  return [...source.matchAll(CONSTANT)].map(([, constant = '', product = '']) => {
    const value = product
      .split(' * ')
      .map((factor) => named.get(factor) ?? Number(factor.replaceAll('_', '')))
      .reduce((whole, factor) => whole * factor, 1);
    if (!Number.isNaN(value)) named.set(constant, value);
    return value;
  });
}
