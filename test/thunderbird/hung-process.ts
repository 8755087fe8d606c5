import type { ProxyProcess } from '../proxy-process.ts';

/** Lets a proxy hang: its ports take connections and nobody answers, until it goes on. */
export function hang({ pid }: ProxyProcess): AsyncDisposable {
  process.kill(pid, 'SIGSTOP');
  return {
    [Symbol.asyncDispose]: async () => {
      process.kill(pid, 'SIGCONT');
    },
  };
}
