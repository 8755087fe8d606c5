export class TimeOver extends Error {
  override readonly name = 'TimeOver';
}

/**
 * Waits for a promise, but not for ever.
 *
 * What was begun goes on when the time is over: only the waiting ends.
 *
 * @throws TimeOver
 */
export async function withinTime<T>(limitMs: number, awaited: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeOver = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeOver(`No answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([awaited, timeOver]);
  } finally {
    clearTimeout(timer);
  }
}
