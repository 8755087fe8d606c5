import browser from 'webextension-polyfill';

/** The alarm that rings once, where an hour would be too late. */
export const SOON_ALARM = 'look-for-sent-soon';

/** Has the sent messages looked for in a minute, also when the background page is stopped till then. */
export async function lookSoon(): Promise<void> {
  await browser.alarms.create(SOON_ALARM, { delayInMinutes: 1 });
}
