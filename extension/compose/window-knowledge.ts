import browser from 'webextension-polyfill';
import { TLS_REQUIREMENTS } from '../../shared/submission/requirement.ts';
import type { WindowRequirement } from './requirement-store.ts';

/**
 * What is known about a window beside its custom headers.
 *
 * - `none`: nobody saw it open, or what was noted is lost
 * - `opened`: it was just opened; a draft's marker may still have to be put back
 *   (`restore-on-open.ts`)
 * - `choosing`: a person has chosen and the choice is not written yet. It stays so when writing
 *   fails or is cut off, and then the headers do not say what the person wants
 * - a requirement: what the window asks for, and the truth about it. Another add-on that writes
 *   its own headers may have wiped out the marker since, or brought an earlier one back
 */
export type WindowKnowledge = 'none' | 'opened' | 'choosing' | WindowRequirement;

const keyOf = (tabId: number): string => `window-${tabId}`;

const NOTED = ['opened', 'choosing', 'unreadable', ...TLS_REQUIREMENTS] as const;

/** Reads it from storage.session, which lasts until Thunderbird or the extension is stopped. */
export async function knowledgeOf(tabId: number): Promise<WindowKnowledge> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  return NOTED.find((noted) => noted === stored) ?? 'none';
}

/** Notes it, before a choice is written to the custom headers and again afterwards. */
export async function noteKnowledge(
  tabId: number,
  knowledge: Exclude<WindowKnowledge, 'none'>,
): Promise<void> {
  await browser.storage.session.set({ [keyOf(tabId)]: knowledge });
}

/** Called when a window closes. */
export async function forgetKnowledge(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
