import { vi } from 'vitest';

/** A clock that stands still: whoever waits for it waits for ever, unless the test lets it go on. */
export type StoppedClock = Disposable & {
  /** Lets so much time go by at once. */
  pass(ms: number): Promise<void>;
};

/**
 * Stops `setTimeout` for all in this process. What comes all the same has not waited, and what
 * comes after a time has waited no longer, however slow the machine is. The limits of the tests
 * themselves are not stopped: the runner's, and those of `waitUntil`, which asks Node directly.
 */
export function stoppedClock(): StoppedClock {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return {
    async pass(ms) {
      await vi.advanceTimersByTimeAsync(ms);
    },
    [Symbol.dispose]: () => void vi.useRealTimers(),
  };
}

/** Sets `performance.now` on, for as long as it is held: what was kept until then is that much older. */
export function later(ms: number): Disposable {
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
  return { [Symbol.dispose]: () => clock.mockRestore() };
}
