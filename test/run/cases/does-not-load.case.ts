import { test } from 'vitest';

if (process.env['TEST_RUN_CASE'] !== undefined) throw new Error('this file does not load');

test('one that is never reached', () => {});
