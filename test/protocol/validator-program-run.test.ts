import { expect, test } from 'vitest';
import { outputOf } from '../../proxy/forecast/validation/program-run.ts';

const TEN_SECONDS = AbortSignal.timeout(10_000);

test('F6: a validator gets nothing of our environment, which could lead it elsewhere', async () => {
  process.env['LD_LIBRARY_PATH_OF_TEST'] = 'elsewhere';
  try {
    const words = ['--print', 'JSON.stringify(process.env)'];
    const printed = await outputOf(process.execPath, words, TEN_SECONDS);
    expect(JSON.parse(printed)).toEqual({ LC_ALL: 'C' });
  } finally {
    delete process.env['LD_LIBRARY_PATH_OF_TEST'];
  }
});
