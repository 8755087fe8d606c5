import browser from 'webextension-polyfill';
import type { Answer } from '../../shared/control/api.ts';
import { forecastSettings, storeForecastSettings } from '../forecast/forecast-settings.ts';
import { lookSoonAtOpenWindows } from '../forecast/look-now-and-then.ts';
import { SEND_PERMISSION } from '../forecast/send-anyway.ts';
import { describeNoAnswer } from '../no-answer.ts';
import { elementById } from '../page-element.ts';
import { askProxy } from '../proxy-client.ts';
import { shownText } from '../shown-text.ts';
import { thunderbird } from '../thunderbird.ts';
import { say } from './page-status.ts';

const on = elementById('forecast-on', HTMLInputElement);
const hidden = elementById('forecast-hidden', HTMLInputElement);
const probe = elementById('forecast-probe', HTMLInputElement);
const resolver = elementById('resolver', HTMLParagraphElement);

const LONGEST_RESOLVER = 200;

/** Whether the person could read who is told of domains. */
let isExplained = false;
let newest = 0;

/** The switches of the forecast: off until the person has read who would be told what. */
export async function startForecastSwitches(): Promise<void> {
  await showSettings();
  on.addEventListener('change', () => {
    void allowSending(on.checked);
    void change();
  });
  for (const box of [hidden, probe]) box.addEventListener('change', () => void change());
}

/** Says whom the proxy would ask; that question tells nobody anything. */
export async function showResolver(): Promise<void> {
  newest += 1;
  const question = newest;
  const asked = await askProxy({ ask: 'resolver' });
  if (question !== newest) return;
  isExplained = 'answer' in asked;
  resolver.textContent =
    'answer' in asked
      ? describeResolver(asked.answer)
      : browser.i18n.getMessage('setupForecastNotExplained', describeNoAnswer(asked));
  document.body.dataset['resolver'] = isExplained ? 'explained' : 'not explained';
  await showSettings();
}

function describeResolver({ resolver: address, inClear, validator }: Answer<'resolver'>): string {
  const asked = browser.i18n.getMessage(
    'setupForecastResolver',
    shownText(address, LONGEST_RESOLVER),
  );
  const how = inClear ? 'setupForecastInClear' : 'setupForecastEncrypted';
  const checked = validator === 'none' ? 'setupForecastNotValidated' : 'setupForecastValidated';
  return [asked, browser.i18n.getMessage(how), browser.i18n.getMessage(checked)].join(' ');
}

/** What is stored, whatever was clicked; what could not be explained can be switched off only. */
async function showSettings(): Promise<void> {
  const settings = await forecastSettings();
  on.checked = settings.on;
  hidden.checked = settings.hidden;
  probe.checked = settings.probe;
  on.disabled = !settings.on && !isExplained;
  hidden.disabled = !settings.on;
  probe.disabled = !settings.on;
}

async function change(): Promise<void> {
  const wanted = { on: on.checked, hidden: hidden.checked, probe: probe.checked };
  try {
    await storeForecastSettings(wanted);
    await lookSoonAtOpenWindows();
    say(wanted.on ? 'setupForecastStored' : 'setupForecastOff');
  } catch (cause) {
    console.error('The settings of the forecast could not be stored', cause);
    say('setupStoreFailed');
  }
  await showSettings();
}

/**
 * Lets this extension press Send again for the person who answers "send anyway"; without it the
 * person does, so nothing waits for it. Begun before anything is awaited: Thunderbird asks the person
 * only while it handles a click.
 */
async function allowSending(allowed: boolean): Promise<void> {
  const permissions = { permissions: [SEND_PERMISSION] };
  try {
    await (allowed
      ? thunderbird.permissions.request(permissions)
      : thunderbird.permissions.remove(permissions));
  } catch (cause) {
    console.info('Thunderbird did not change the permission', cause);
  }
}
