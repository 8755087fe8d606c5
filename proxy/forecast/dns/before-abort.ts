import { setMaxListeners } from 'node:events';
import { NoAnswer } from './no-answer.ts';

/**
 * Waits for what `begin` comes to, or for the end of the time that the signal stands for.
 *
 * @throws the signal's reason
 */
export async function beforeAbort<T>(
  signal: AbortSignal,
  begin: (resolve: (value: T) => void, reject: (fault: unknown) => void) => void,
): Promise<T> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(signal.reason);
      setMaxListeners(0, signal); // many wait at once, and each leaves again
      signal.addEventListener('abort', abort, { once: true });
      begin(resolve, reject);
    });
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

/**
 * Does a part of something for which there is less time than for the whole; it has to heed the
 * signal that it gets. (AbortSignal.any would do, and holds on to what it came from: Node 20.20;
 * look again 2027-06.)
 */
export async function withinMs<T>(
  ms: number,
  whole: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  whole.throwIfAborted();
  const part = new AbortController();
  const late = () => part.abort(new NoAnswer('timed out', `nothing within ${ms / 1000} seconds`));
  const over = () => part.abort(whole.reason);
  const timer = setTimeout(late, ms);
  setMaxListeners(0, whole);
  whole.addEventListener('abort', over, { once: true });
  try {
    return await work(part.signal);
  } finally {
    clearTimeout(timer);
    whole.removeEventListener('abort', over);
  }
}
