import { expect, test } from 'vitest';

test('one that passes', () => {
  expect(1 + 1).toBe(2);
});

test('another that passes', () => {
  expect(2 + 2).toBe(4);
});
