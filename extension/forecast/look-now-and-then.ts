import browser from 'webextension-polyfill';
import { refreshButton } from '../compose/requirement-button.ts';
import { thunderbird } from '../thunderbird.ts';
import { forgetFailing, noteFailing } from './failing-domains.ts';
import { type ForecastSettings, forecastSettings } from './forecast-settings.ts';
import { lookAtDomains } from './look-at-domains.ts';
import { recipientsNow } from './window-recipients.ts';

const ALARM = 'look-at-recipients';

/** Time to write the first address, and between two looks: no event tells of a second recipient. */
const PAUSE_MS = 15_000;

/**
 * Thunderbird writes out the whole message to tell its recipients, and cannot do anything else
 * meanwhile (153; look again 2027-06): a large one is looked at less often.
 */
const PAUSE_SHARE = 1_000;

/** Called when a compose window opens, or gets its first recipient. */
export async function lookSoonAtRecipients({ type }: messenger.tabs.Tab): Promise<void> {
  if (type !== 'messageCompose') return;
  if (!(await forecastSettings()).on) return;
  if ((await browser.alarms.get(ALARM)) === undefined) await lookAfter(PAUSE_MS / 5);
}

/** Called when the person has switched it on or off: the buttons of open windows follow. */
export async function lookSoonAtOpenWindows(): Promise<void> {
  await lookAfter(PAUSE_MS / 5);
}

/** Called when an alarm rings: so that the button can say it, and the popup has it at once. */
export async function lookAtRecipientsOnAlarm({ name }: { readonly name: string }): Promise<void> {
  if (name !== ALARM) return;
  const settings = await forecastSettings();
  const tabs = await thunderbird.tabs.query({ type: 'messageCompose' });
  // Before anything is looked at: Thunderbird may stop this page any time.
  if (settings.on && tabs.length > 0) await lookAfter(PAUSE_MS);
  let longestMs = 0;
  for (const { id } of tabs) {
    if (id === undefined) continue;
    longestMs = Math.max(longestMs, await lookAtWindow(id, settings));
  }
  if (longestMs * PAUSE_SHARE > PAUSE_MS) await lookAfter(longestMs * PAUSE_SHARE);
}

async function lookAfter(pauseMs: number): Promise<void> {
  await browser.alarms.create(ALARM, { delayInMinutes: pauseMs / 60_000 });
}

/** @returns how long it kept Thunderbird busy, milliseconds */
async function lookAtWindow(tabId: number, settings: ForecastSettings): Promise<number> {
  try {
    if (!settings.on) {
      await forgetFailing(tabId);
      await refreshButton(tabId);
      return 0;
    }
    const began = performance.now();
    const recipients = await recipientsNow(tabId, settings);
    const busyMs = performance.now() - began;
    if (recipients === undefined) return 0;
    const isWanted = async () => await isStillWanted(tabId);
    const { domains } = recipients;
    const { found } = await lookAtDomains({ domains, probe: settings.probe, isWanted });
    if (!(await isWanted())) return busyMs;
    await noteFailing(tabId, found);
    await refreshButton(tabId);
    return busyMs;
  } catch (cause) {
    // The window is closed already, or it is told by the popup and at Send.
    console.info('Require TLS could not look at the recipients of a window', cause);
    return 0;
  }
}

/** Nothing is asked for a window that is closed, or once the person has switched it off. */
async function isStillWanted(tabId: number): Promise<boolean> {
  if (!(await forecastSettings()).on) return false;
  const tabs = await thunderbird.tabs.query({ type: 'messageCompose' });
  return tabs.some(({ id }) => id === tabId);
}
