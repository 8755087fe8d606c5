import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as v from 'valibot';

/** What tests are given that wait for something which a mutant never says. */
const TEST_LIMIT_MS = 10_000;

const REPORT = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      message: v.string(),
      assertionResults: v.array(v.object({ fullName: v.string(), status: v.string() })),
    }),
  ),
});

export type TestRun = {
  readonly passed: number;
  /** Names of the tests that failed, each behind its file. */
  readonly red: readonly string[];
  /** Files that could not even be loaded, with the reason. */
  readonly broken: readonly string[];
};

/** Runs files of tests in a copy of the project. */
export async function runTests(folder: string, files: readonly string[]): Promise<TestRun> {
  const config = join(folder, 'mutants.config.js');
  const report = join(folder, 'report.json');
  await rm(report, { force: true });
  const test = { root: folder, include: files, testTimeout: TEST_LIMIT_MS };
  const cacheDir = join(folder, '.cache');
  await writeFile(config, `export default ${JSON.stringify({ cacheDir, test })}`);
  const options = ['--config', config, '--reporter', 'json', '--outputFile', report];
  const vitest = spawn(
    process.execPath,
    [join(folder, 'node_modules/vitest/vitest.mjs'), 'run', ...options],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  vitest.stderr.on('data', (text: Buffer) => (errors += text.toString('utf8')));
  await once(vitest, 'close');
  return runIn(await readFile(report, 'utf8').catch(() => fail(errors)), folder);
}

function runIn(json: string, folder: string): TestRun {
  const { testResults } = v.parse(REPORT, JSON.parse(json));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(folder, name) })),
  );
  const red = tests.filter(({ status }) => status === 'failed');
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    red: red.map(({ file, fullName }) => `${file}: ${fullName}`),
    broken: broken.map(({ name, message }) => `${relative(folder, name)}: ${message}`),
  };
}

function fail(errors: string): never {
  throw new Error(`vitest wrote no report:\n${errors}`);
}
