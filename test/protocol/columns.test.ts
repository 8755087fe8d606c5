import { expect, test } from 'vitest';
import { columns } from '../../proxy/commands/columns.ts';

const ALL = [
  { title: 'One', lines: ['a line of some words that has to be broken somewhere'] },
  { title: 'Two', lines: ['x'.repeat(100)] },
];

test.each([0, 1, 3, 20, 36, 80, 200])('a terminal of %i columns holds all words', (width) => {
  const text = columns(ALL, width);
  expect(text).toContain('somewhere');
  const longest = Math.max(...text.split('\n').map((line) => line.length));
  expect(longest).toBeLessThanOrEqual(Math.max(width, 20));
});
