import * as v from 'valibot';
import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';
import { takeConsent } from './failing-question.ts';
import { howSent } from './how-sent.ts';

/** Lets this extension press Send again; asked for where the forecast is switched on. */
export const SEND_PERMISSION = 'compose.send';

const MESSAGE = v.strictObject({
  kind: v.literal('send anyway'),
  tabId: v.number(),
  /** The question that the person has answered. */
  question: v.string(),
});

const ANSWER = v.picklist([
  'sending',
  /** The person has to: this extension may not, or does not know whether now or later. */
  'press again',
  /** It was answered before. */
  'over',
]);
type SendAnswer = v.InferOutput<typeof ANSWER>;

/** Called by the popup, which may close the moment it has the answer. */
export async function askToSendAnyway(tabId: number, question: string): Promise<SendAnswer> {
  const message: v.InferInput<typeof MESSAGE> = { kind: 'send anyway', tabId, question };
  const answered = v.safeParse(ANSWER, await browser.runtime.sendMessage(message));
  return answered.success ? answered.output : 'press again';
}

/** Answers the popup; a message that is not its own gets no answer. */
export function answerSendAnyway(message: unknown): Promise<SendAnswer> | undefined {
  const asked = v.safeParse(MESSAGE, message);
  return asked.success ? sendAnyway(asked.output.tabId, asked.output.question) : undefined;
}

/** Sends as the person did, and once. All that is checked at Send is checked again. */
async function sendAnyway(tabId: number, question: string): Promise<SendAnswer> {
  if (!(await takeConsent(tabId, question))) return 'over';
  const mode = await howSent(tabId);
  const maySend = await thunderbird.permissions.contains({ permissions: [SEND_PERMISSION] });
  if (mode === undefined || !maySend) return 'press again';
  void thunderbird.compose.sendMessage(tabId, { mode }).catch((cause: unknown) => {
    // Whoever kept it back has told the person why.
    console.info('The message was not sent', cause);
  });
  return 'sending';
}
