import { freshId } from '../base64url.ts';
import { thunderbird } from '../thunderbird.ts';
import { askForecasts } from './ask-forecasts.ts';
import { notAskedAbout } from './asked-about.ts';
import type { FailingQuestion, FailingRecipient } from './failing-question.ts';
import { forecastSettings } from './forecast-settings.ts';
import { recipientsOf } from './recipients.ts';

/** For what is just being looked up; a person who has pressed Send does not wait longer. */
const WAIT_MS = 1_000;

/**
 * Says what to ask the person before a message leaves that requires TLS: about the recipients who
 * cannot receive it, each once in a window. Undefined when there are none.
 *
 * Nothing but a forecast that says so holds a message back: where nobody can tell, or nobody answers,
 * it goes its way, on which TLS is required all the same. Hence this never throws.
 */
export async function questionBeforeSend(tabId: number): Promise<FailingQuestion | undefined> {
  try {
    const failing = await failingRecipients(tabId);
    const newOnes = await notAskedAbout(tabId, failing);
    if (newOnes.length === 0) return undefined;
    return { id: freshId(), failing: [...newOnes], isShown: false };
  } catch (cause) {
    console.info('Require TLS could not tell whether the recipients can receive it', cause);
    return undefined;
  }
}

async function failingRecipients(tabId: number): Promise<readonly FailingRecipient[]> {
  const settings = await forecastSettings();
  if (!settings.on) return [];
  const details = await thunderbird.compose.getComposeDetails(tabId);
  const { known, domains } = recipientsOf(details, settings);
  const asked = await askForecasts(domains, settings.probe, WAIT_MS);
  if ('no' in asked) return [];
  return known.flatMap(({ address, domain }) => {
    const forecast = asked.found.get(domain);
    return forecast?.verdict === 'will fail'
      ? [{ address, domain, reasons: [...forecast.reasons] }]
      : [];
  });
}
