/** Limits of all waits of one submission, in milliseconds (monotonic: timers ignore the clock). */
export type Deadlines = {
  /** From the look-up of the server's name to its EHLO reply inside TLS. */
  readonly provingMs: number;
  /** For the reply to a command. */
  readonly commandMs: number;
  /** For one block of the message to arrive, or to be taken (RFC 5321 §4.5.3.2.5). */
  readonly blockMs: number;
  /** From our final dot to the reply; Thunderbird's own clock is 100 s. */
  readonly finalReplyMs: number;
};

export const DEFAULT_DEADLINES: Deadlines = {
  provingMs: 60_000,
  commandMs: 60_000,
  blockMs: 180_000,
  finalReplyMs: 60_000,
};

/** `--timeout` shortens all but the block, which is honest work on a slow line. */
export function shortened(deadlines: Deadlines, timeoutMs: number): Deadlines {
  return {
    ...deadlines,
    provingMs: Math.min(deadlines.provingMs, timeoutMs),
    commandMs: Math.min(deadlines.commandMs, timeoutMs),
    finalReplyMs: Math.min(deadlines.finalReplyMs, timeoutMs),
  };
}

/** @throws Error that names what was waited for, when it did not come in time */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms / 1000} seconds`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
