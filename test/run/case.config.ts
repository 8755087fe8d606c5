import { defineConfig } from 'vitest/config';
import { ClosingLines } from '../reporter.ts';

const { TEST_RUN_CASE: name, TEST_RUN_LEFT_OUT: fault, CI } = process.env;

const leftOut = { group: 'pages', reason: 'chromium missing', isFault: fault === 'fault' };

/** A run of one file, named in the environment, which may leave out a group. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: [`cases/${name}.case.ts`],
    reporters: ['default', new ClosingLines(fault === undefined ? [] : [leftOut], CI === 'true')],
  },
});
