import { beforeAll, test } from 'vitest';

beforeAll(() => {
  throw new Error('nothing is ready');
});

test('one that is never reached', () => {});
