import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { LeftOut } from './prepare.ts';

/**
 * Ends the run with the groups that did not run, and then with a line `N passed, N failed`.
 *
 * It writes as the process exits, so that nothing comes after, and sees to it that the exit
 * status agrees with the line: whatever made the run fail counts as a failure - a test, a file
 * that does not load, a hook, an error that nobody caught, a group that should have run.
 */
export class ClosingLines implements Reporter {
  readonly #leftOut: readonly LeftOut[];
  /** Whether every group has to run, as on a machine that is there for testing. */
  readonly #needsAll: boolean;
  #passed = 0;
  #failed = 0;

  constructor(leftOut: readonly LeftOut[], needsAll: boolean) {
    this.#leftOut = leftOut;
    this.#needsAll = needsAll;
    process.once('exit', () => this.#close());
  }

  onTestRunEnd(modules: readonly TestModule[], uncaught: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state).length;
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length;
    this.#passed = inState('passed');
    this.#failed = inState('failed') + brokenSuites + uncaught.length;
  }

  #close(): void {
    const faults = this.#leftOut.filter(({ isFault }) => isFault || this.#needsAll).length;
    const exitStatus = Number(process.exitCode ?? 0);
    const failed = Math.max(this.#failed + faults, exitStatus === 0 ? 0 : 1);
    if (failed > 0 && exitStatus === 0) process.exitCode = 1;

    const lines = this.#leftOut.map(({ group, reason }) => `Group ${group} did not run: ${reason}`);
    process.stdout.write([...lines, `${this.#passed} passed, ${failed} failed`, ''].join('\n'));
  }
}
