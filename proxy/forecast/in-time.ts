/** What a promise comes to; or `late`, when the deadline passes before that. */
export async function inTime<T>(promise: Promise<T>, deadline: AbortSignal, late: T): Promise<T> {
  let passed: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<T>((resolve) => {
        passed = () => resolve(late);
        if (deadline.aborted) passed();
        else deadline.addEventListener('abort', passed);
      }),
    ]);
  } finally {
    if (passed !== undefined) deadline.removeEventListener('abort', passed);
  }
}

/** What a promise comes to within so long; else undefined, while it goes on. */
export async function before<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
