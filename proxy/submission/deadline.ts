/** Limits of all waits of one submission, in milliseconds (monotonic: timers ignore the clock). */
export type Deadlines = {
  /** From the look-up of the server's name to its EHLO reply inside TLS. */
  readonly provingMs: number;
  /** For the reply to a command. */
  readonly commandMs: number;
  /** For a session that has waited to show that it is still there. */
  readonly aliveMs: number;
  /** For all replies to one envelope: a server may be slow with each of a thousand recipients. */
  readonly envelopeMs: number;
  /** For one block of the message to arrive, or to be taken (RFC 5321 §4.5.3.2.5). */
  readonly blockMs: number;
  /** From our final dot to the reply; Thunderbird's own clock is 100 s. */
  readonly finalReplyMs: number;
  /** From then on, for the receipt: nobody waits for it any more. */
  readonly lateReplyMs: number;
};

export const DEFAULT_DEADLINES: Deadlines = {
  provingMs: 60_000,
  commandMs: 60_000,
  aliveMs: 10_000,
  envelopeMs: 300_000, // RFC 5321 §4.5.3.2.3
  blockMs: 180_000,
  finalReplyMs: 60_000,
  lateReplyMs: 600_000, // RFC 5321 §4.5.3.2.6
};

/** `--timeout` shortens neither the block, which is honest work on a slow line, nor what is late. */
export function shortened(deadlines: Deadlines, timeoutMs: number): Deadlines {
  return {
    ...deadlines,
    provingMs: Math.min(deadlines.provingMs, timeoutMs),
    commandMs: Math.min(deadlines.commandMs, timeoutMs),
    aliveMs: Math.min(deadlines.aliveMs, timeoutMs),
    finalReplyMs: Math.min(deadlines.finalReplyMs, timeoutMs),
  };
}

/** Names what was waited for, and for how long. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';

  constructor(what: string, ms: number) {
    super(`no ${what} within ${ms / 1000} seconds`);
  }
}

/** @throws DeadlinePassed when it did not come in time */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(what, ms)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
