import { test } from 'vitest';

test('one that passes and leaves an error behind', () => {
  void Promise.reject(new Error('nobody catches this'));
});
