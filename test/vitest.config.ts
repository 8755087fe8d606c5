import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ALL_GROUPS, QUICK_GROUPS } from './groups.ts';
import { prepare } from './prepare.ts';
import { ClosingLines } from './reporter.ts';

const projectFolder = resolve(import.meta.dirname, '..');

/** All groups of tests, or with `--mode check` those that are quick and need nothing. */
export default defineConfig(async ({ mode }) => {
  const groups = mode === 'check' ? QUICK_GROUPS : ALL_GROUPS;
  const { ready, leftOut } = await prepare(projectFolder, groups);
  return {
    root: projectFolder,
    test: {
      reporters: ['default', new ClosingLines(leftOut, process.env['CI'] === 'true')],
      projects: ready.map(({ name, heavy, timeoutMs }) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: timeoutMs,
          hookTimeout: timeoutMs,
          ...(heavy ? { maxWorkers: 1 } : {}),
        },
      })),
    },
  };
});
