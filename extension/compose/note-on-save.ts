import browser from 'webextension-polyfill';
import { markModified } from './requirement-store.ts';
import { requirementOf } from './saved-requirement.ts';
import { knowledgeOf, type WindowKnowledge } from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

const keyOf = (tabId: number): string => `saved-${tabId}`;

/**
 * Called when a draft or template was saved. A save that came before the window's choice was
 * known or put back has written a message without it. That is noted for whoever puts it back,
 * or the window asks to be saved again.
 */
export async function noteOnSave(
  { id }: messenger.tabs.Tab,
  { messages }: { readonly messages: readonly messenger.messages.MessageHeader[] },
): Promise<void> {
  if (id === undefined) return;
  if (isUnknown(await knowledgeOf(id))) await browser.storage.session.set({ [keyOf(id)]: true });

  await withWindowLocked(id, async () => {
    const known = await knowledgeOf(id);
    if (isUnknown(known)) return;
    const saved = await Promise.all(messages.map((message) => requirementOf(message.id)));
    if (saved.some((requirement) => requirement !== known)) await markModified(id);
  }).catch((cause: unknown) => {
    // Saved and closed: nothing can be asked any more.
    console.info('Require TLS could not look at what was saved', cause);
  });
}

function isUnknown(knowledge: WindowKnowledge): boolean {
  return knowledge === 'none' || knowledge === 'opened';
}

/** Whether the window was saved before anybody knew what it asks for. */
export async function wasSaved(tabId: number): Promise<boolean> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  return stored === true;
}

/** Called when a window closes. */
export async function forgetSaving(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}
