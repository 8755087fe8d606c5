import * as v from 'valibot';
import browser from 'webextension-polyfill';
import { REASON } from '../../shared/forecast/forecast.ts';
import { forgetAskedAbout, noteAskedAbout } from './asked-about.ts';

const FAILING = v.strictObject({
  address: v.string(),
  domain: v.string(),
  /** Never empty; the one that decided first. */
  reasons: v.pipe(v.array(REASON), v.minLength(1)),
});

const QUESTION = v.strictObject({
  id: v.string(),
  failing: v.array(FAILING),
  /** Whether the person has it before the eyes, or had. */
  isShown: v.boolean(),
});

/** A recipient who cannot receive the message, as far as anybody can tell. */
export type FailingRecipient = v.InferOutput<typeof FAILING>;

/** What the person is asked who sends to such recipients. */
export type FailingQuestion = v.InferOutput<typeof QUESTION>;

const keyOf = (tabId: number): string => `question-${tabId}`;

/** Keeps it until the popup opens and shows it. */
export async function keepQuestion(tabId: number, question: FailingQuestion): Promise<void> {
  await browser.storage.session.set({ [keyOf(tabId)]: question });
}

/** The question that a window's popup has to show; once, since it is about one press of Send. */
export async function questionToShow(tabId: number): Promise<FailingQuestion | undefined> {
  return await changing(tabId, async (kept) => {
    if (kept === undefined) return undefined;
    if (kept.isShown) {
      await forgetQuestion(tabId);
      return undefined;
    }
    await keepQuestion(tabId, { ...kept, isShown: true });
    await noteAskedAbout(tabId, kept.failing);
    return kept;
  });
}

/**
 * Takes the answer "send anyway".
 *
 * @returns whether this question was open: the answer is good for one sending
 */
export async function takeConsent(tabId: number, id: string): Promise<boolean> {
  return await changing(tabId, async (kept) => {
    if (kept?.id !== id) return false;
    await forgetQuestion(tabId);
    await noteAskedAbout(tabId, kept.failing, 'answered');
    return true;
  });
}

/**
 * Called when the person is asked otherwise than by the popup.
 *
 * @returns whether the popup has not shown it after all
 */
export async function forgetQuestionUnlessShown(tabId: number): Promise<boolean> {
  return await changing(tabId, async (kept) => {
    if (kept?.isShown === true) return false;
    await forgetQuestion(tabId);
    return true;
  });
}

/** Called when another choice is made, or the person goes back. */
export async function forgetQuestion(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}

/** Called when a window closes. */
export async function forgetQuestions(tabId: number): Promise<void> {
  await forgetQuestion(tabId);
  await forgetAskedAbout(tabId);
}

async function changing<T>(
  tabId: number,
  change: (kept: FailingQuestion | undefined) => Promise<T>,
): Promise<T> {
  const key = keyOf(tabId);
  return await navigator.locks.request(key, async () => {
    const { [key]: stored } = await browser.storage.session.get(key);
    const parsed = v.safeParse(QUESTION, stored);
    return await change(parsed.success ? parsed.output : undefined);
  });
}
