import { mayBeSending } from '../compose/sending.ts';
import { withWindowLocked } from '../compose/window-lock.ts';
import { thunderbird } from '../thunderbird.ts';
import type { ForecastSettings } from './forecast-settings.ts';
import { type Recipients, recipientsOf } from './recipients.ts';

/**
 * The recipients that a compose window has now; undefined while its message may be on its way: to
 * read them writes into the message. With the window's lock, so that no Send begins meanwhile.
 *
 * @param isIdle whether it is known not to be on its way, whatever was noted
 */
export async function recipientsNow(
  tabId: number,
  settings: ForecastSettings,
  isIdle = false,
): Promise<Recipients | undefined> {
  return await withWindowLocked(tabId, async () => {
    if (!isIdle && (await mayBeSending(tabId))) return undefined;
    return recipientsOf(await thunderbird.compose.getComposeDetails(tabId), settings);
  });
}
