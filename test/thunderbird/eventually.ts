import { waitUntil } from '../wait-until.ts';

/** Far more than is needed, since a machine that runs all tests at once is slow. */
const LIMIT_MS = 40_000;

/**
 * Waits for something in Thunderbird, which announces few of the things a test looks for (a
 * window that is ready, a dialog that came up). A question that fails is asked again as well: a
 * window may open or close between two of them.
 *
 * @param what what is waited for, in words: it is the message when it does not come
 */
export async function eventually<Found>(
  what: string,
  ask: () => Promise<Found | undefined | false>,
  limitMs = LIMIT_MS,
): Promise<Found> {
  let lastFault = '';
  return waitUntil(
    async () => {
      try {
        return await ask();
      } catch (fault) {
        lastFault = `; the last question failed: ${String(fault)}`;
        return undefined;
      }
    },
    limitMs,
    () => `no sign of ${what}${lastFault}`,
  );
}
