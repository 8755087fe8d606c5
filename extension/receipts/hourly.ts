import browser from 'webextension-polyfill';
import { SOON_ALARM } from './look-soon.ts';
import { lookForSent } from './seen-by-proxy.ts';

/** The alarm that wakes the background page to ask what became of sent messages. */
const ALARM = 'look-for-sent';

/** Sets the alarm, unless it is set: an alarm that is set anew at each wake would never ring. */
export async function keepLookingHourly(): Promise<void> {
  if ((await browser.alarms.get(ALARM)) !== undefined) return;
  await browser.alarms.create(ALARM, { delayInMinutes: 1, periodInMinutes: 60 });
}

/** Called when an alarm rings. */
export async function lookOnAlarm({ name }: { readonly name: string }): Promise<void> {
  if (name === ALARM || name === SOON_ALARM) await lookForSent();
}
