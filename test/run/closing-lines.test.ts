import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const VITEST = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const CONFIG = resolve(import.meta.dirname, 'case.config.ts');

/** Runs one of the cases as `npm test` does, and gives what a person sees of it in the end. */
async function run(
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly lines: readonly string[] }> {
  const { CI: _, ...outside } = process.env;
  const env = { ...outside, TEST_RUN_CASE: name, ...environment };
  return await new Promise((done) => {
    const words = [VITEST, 'run', '--config', CONFIG];
    const child = execFile(process.execPath, words, { env }, (_error, stdout) =>
      done({ status: child.exitCode, lines: stdout.split('\n') }),
    );
  });
}

test.concurrent(
  'a run that passes ends with the count alone on its line, and with status 0',
  async () => {
    const { status, lines } = await run('passes');
    expect(lines.slice(-2)).toEqual(['2 passed, 0 failed', '']);
    expect(status).toBe(0);
  },
);

for (const { name, what, count } of [
  { name: 'fails', what: 'a test that fails', count: '1 passed, 1 failed' },
  { name: 'does-not-load', what: 'a file that does not load', count: '0 passed, 1 failed' },
  { name: 'hook-fails', what: 'a hook that fails', count: '0 passed, 1 failed' },
  { name: 'uncaught', what: 'an error that nobody catches', count: '1 passed, 1 failed' },
  { name: 'there-is-none', what: 'a run without tests', count: '0 passed, 1 failed' },
]) {
  test.concurrent(`${what} counts as failed and makes the run fail`, async () => {
    const { status, lines } = await run(name);
    expect(lines.slice(-2)).toEqual([count, '']);
    expect(status).toBe(1);
  });
}

test.concurrent('a group that cannot run here is named above the count', async () => {
  const { status, lines } = await run('passes', { TEST_RUN_LEFT_OUT: 'not here' });
  const named = 'Group pages did not run: chromium missing';
  expect(lines.slice(-3)).toEqual([named, '2 passed, 0 failed', '']);
  expect(status).toBe(0);
});

for (const { environment, when } of [
  { environment: { TEST_RUN_LEFT_OUT: 'not here', CI: 'true' }, when: 'with CI=true' },
  { environment: { TEST_RUN_LEFT_OUT: 'fault' }, when: 'where it should have run' },
]) {
  test.concurrent(`a group that does not run is a failure ${when}`, async () => {
    const { status, lines } = await run('passes', environment);
    expect(lines.slice(-2)).toEqual(['2 passed, 1 failed', '']);
    expect(status).toBe(1);
  });
}
