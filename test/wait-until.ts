import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Asks again and again until the answer is neither undefined nor false.
 *
 * @param missing says, once the limit is reached, what did not happen
 * @throws Error with that text
 */
export async function waitUntil<Found>(
  ask: () => Promise<Found | undefined | false> | Found | undefined | false,
  limitMs: number,
  missing: () => string | Promise<string>,
): Promise<Found> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      throw new Error(`${await missing()} (waited ${limitMs / 1000} s)`);
    }
    await pause(POLL_MS);
  }
}
