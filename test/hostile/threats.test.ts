import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

/** A line of the list in README, and the tests that stand below it. */
type Threat = {
  readonly id: string;
  readonly does: string;
  readonly tests: readonly (readonly [file: string, title: string])[];
};

const text = readFileSync(resolve(import.meta.dirname, 'README.md'), 'utf8');
const sections = text.split(/^## /m).slice(1);

const threats: readonly (readonly Threat[])[] = sections.map((section) =>
  section
    .split(/^(?=\*\*)/m)
    .slice(1)
    .map(threatFrom),
);

function threatFrom(lines: string): Threat {
  const [, id, does] = /^\*\*([\d.]+)\*\* (.+?)\.\n\n/s.exec(lines) ?? [];
  if (id === undefined || does === undefined) throw new Error(`no threat stands in ${lines}`);
  const tests = [...lines.matchAll(/^- ([\w/-]+): `(.+?)`$/gm)];
  return { id, does, tests: tests.map(([, file = '', title = '']) => [file, title]) };
}

test('the threats are numbered without a gap, section by section', () => {
  const numbers = sections.map((section) => section.split('.')[0]);
  expect(numbers).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  for (const [at, section] of threats.entries()) {
    expect(section.length).toBeGreaterThan(0);
    expect(section.map(({ id }) => id)).toEqual(section.map((_, line) => `${at + 1}.${line + 1}`));
  }
});

/** The titles of the tests in a file, as they are written there. */
function titlesIn(file: string): readonly string[] {
  const source = readFileSync(resolve(import.meta.dirname, `../${file}.test.ts`), 'utf8');
  const calls = source.matchAll(/(?:\btest\(|\)\()\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1,/g);
  return [...calls].map(([, , title = '']) => title);
}

test.for(threats.flat())('$id $does: the tests of it exist', ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0);
  for (const [file, title] of tests) expect(titlesIn(file), file).toContain(title);
});
