import browser from 'webextension-polyfill';
import { noteFailing } from '../forecast/failing-domains.ts';
import { type ForecastSettings, forecastSettings } from '../forecast/forecast-settings.ts';
import { type Look, lookAtDomains } from '../forecast/look-at-domains.ts';
import type { Recipients } from '../forecast/recipients.ts';
import { recipientsNow } from '../forecast/window-recipients.ts';
import { describeNoAnswer } from '../no-answer.ts';
import { elementById } from '../page-element.ts';
import { shownText } from '../shown-text.ts';
import { showDomains } from './popup-forecast-item.ts';
import { refreshButton } from './requirement-button.ts';

const line = elementById('forecast-line', HTMLSpanElement);
const setUp = elementById('forecast-set-up', HTMLButtonElement);
const list = elementById('forecast-domains', HTMLUListElement);
const rest = elementById('forecast-rest', HTMLParagraphElement);

/** Between two looks at who the recipients are: no event tells (Thunderbird 153; look again 2027-06). */
const POLL_MS = 1_000;
/** Thunderbird writes out the whole message for each, and somebody may be typing. */
const POLL_SHARE = 100;

/** The domains that are shown, or are being looked at. */
let shown: string | undefined;

/** Shows what is known of the recipients' domains as long as the popup is open. */
export async function keepForecastShown(tabId: number): Promise<never> {
  // While it sends, Thunderbird opens no popup. What was held back by a dialog of its own may still be
  // noted as on its way, for of that no event tells (153; look again 2027-06).
  for (let isIdle = true; ; isIdle = false) {
    const began = performance.now();
    await showForecast(tabId, isIdle).catch((cause: unknown) => {
      console.info('Require TLS could not look at the recipients', cause);
    });
    const tookMs = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, Math.max(POLL_MS, tookMs * POLL_SHARE)));
  }
}

/** Looks at the same domains once more. */
export function lookAgain(): void {
  shown = undefined;
}

/** Begins a look where the recipients are others than before. */
async function showForecast(tabId: number, isIdle: boolean): Promise<void> {
  const settings = await forecastSettings();
  if (!settings.on) return sayOff();
  const recipients = await recipientsNow(tabId, settings, isIdle);
  if (recipients === undefined) return;
  const now = JSON.stringify([recipients, settings]);
  if (now === shown) return;
  shown = now;
  void lookAt(tabId, recipients, settings, () => shown === now);
}

async function lookAt(
  tabId: number,
  recipients: Recipients,
  { probe }: ForecastSettings,
  isNewest: () => boolean,
): Promise<void> {
  const { domains } = recipients;
  sayRest(recipients);
  setUp.hidden = true;
  const { found } = await lookAtDomains({
    domains,
    probe,
    isWanted: isNewest,
    show: (known) => {
      if (isNewest()) show(domains, known);
    },
  });
  if (!isNewest()) return;
  await noteFailing(tabId, found);
  await refreshButton(tabId);
}

function sayOff(): void {
  shown = undefined;
  line.textContent = browser.i18n.getMessage('forecastOff');
  setUp.hidden = false;
  list.hidden = true;
  rest.hidden = true;
  document.body.dataset['forecast'] = 'off';
}

function show(domains: readonly string[], look: Look): void {
  const { noAnswer } = look;
  line.textContent =
    noAnswer === undefined
      ? forecastSummary(domains, look)
      : browser.i18n.getMessage('forecastNoAnswer', describeNoAnswer(noAnswer));
  showDomains(list, domains, look);
  document.body.dataset['forecast'] = look.isLooking ? 'looking' : (noAnswer?.no ?? 'looked');
}

/** One line above the list: what matters most. */
function forecastSummary(domains: readonly string[], { found, isLooking }: Look): string {
  if (domains.length === 0) return browser.i18n.getMessage('forecastNoRecipients');
  const all = String(domains.length);
  const verdicts = [...found.values()].map(({ verdict }) => verdict);
  const failing = verdicts.filter((verdict) => verdict === 'will fail').length;
  if (failing > 0 && domains.length === 1) return browser.i18n.getMessage('forecastItFails');
  if (failing > 0) return browser.i18n.getMessage('forecastSomeFail', [String(failing), all]);
  if (isLooking) return browser.i18n.getMessage('forecastLooking');
  const sure = verdicts.filter((verdict) => verdict !== 'unknown').length;
  if (sure < domains.length) {
    if (domains.length === 1) return browser.i18n.getMessage('forecastItUnknown');
    return browser.i18n.getMessage('forecastSomeUnknown', [String(domains.length - sure), all]);
  }
  const seen = verdicts.every((verdict) => verdict === 'observed');
  return browser.i18n.getMessage(seen ? 'forecastAllObserved' : 'forecastAllPromised');
}

/** What is not in the list, so that nobody takes it for all. */
function sayRest({ notLookedAt, moreDomains, hidden }: Recipients): void {
  const sentences = [
    notLookedAt.length === 0
      ? []
      : browser.i18n.getMessage(
          'forecastNotLookedAt',
          notLookedAt
            .slice(0, 5)
            .map((name) => shownText(name))
            .join(', '),
        ),
    moreDomains === 0 ? [] : browser.i18n.getMessage('forecastMoreDomains', String(moreDomains)),
    hidden === 0 ? [] : browser.i18n.getMessage('forecastHiddenLeftOut', String(hidden)),
  ].flat();
  rest.textContent = sentences.join(' ');
  rest.hidden = sentences.length === 0;
}
