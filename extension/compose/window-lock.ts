/**
 * Lets one change at a time happen to a compose window's custom headers.
 *
 * Each change reads all headers and writes all of them back; two at once would undo each other.
 * Web Locks hold across the pages of this extension, and a page that goes away lets go of them,
 * so nothing is kept here that could outlive the background page.
 */
export async function withWindowLocked<T>(tabId: number, change: () => Promise<T>): Promise<T> {
  return await navigator.locks.request(`compose-window-${tabId}`, change);
}
