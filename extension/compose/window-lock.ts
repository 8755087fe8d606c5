import { withinTime } from '../time-limit.ts';

/** Longer than reading a draft may take, shorter than a Send waits for its answer. */
const HOLDING_LIMIT_MS = 8_000;

/**
 * Lets one change at a time happen to a compose window's custom headers.
 *
 * Each change reads all headers and writes all of them back; two at once would undo each other.
 * Web Locks hold across the pages of this extension, and a page that goes away lets go of them,
 * so nothing is kept here that could outlive the background page.
 *
 * @param change is told when nobody waits for it any more, on the clock of `performance.now()`
 * @throws TimeOver: a call that is never answered must not keep the person from choosing and sending
 *   for good
 */
export async function withWindowLocked<T>(
  tabId: number,
  change: (until: number) => Promise<T>,
): Promise<T> {
  return await navigator.locks.request(`compose-window-${tabId}`, () =>
    withinTime(HOLDING_LIMIT_MS, change(performance.now() + HOLDING_LIMIT_MS)),
  );
}
