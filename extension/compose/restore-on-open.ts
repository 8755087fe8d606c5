import browser from 'webextension-polyfill';
import { forgetFailing } from '../forecast/failing-domains.ts';
import { forgetQuestions } from '../forecast/failing-question.ts';
import { forgetHowSent } from '../forecast/how-sent.ts';
import { thunderbird } from '../thunderbird.ts';
import { forgetLacking } from './lacking-server.ts';
import { takeReason } from './not-sent.ts';
import { showOnButton } from './requirement-button.ts';
import { requirementIn, type WindowRequirement, writeRequirement } from './requirement-store.ts';
import { savedRequirement } from './saved-requirement.ts';
import { forgetKnowledge, knowledgeOf, noteKnowledge } from './window-knowledge.ts';
import { forgetSending } from './sending.ts';
import { forgetSaving, wasSaved } from './note-on-save.ts';
import { withWindowLocked } from './window-lock.ts';

/** In storage.session, which is empty when the extension is installed, updated or switched on. */
const STARTED_KEY = 'started';

/** Called for each new tab: puts back the choice of the draft or template it shows. */
export async function restoreOnOpen(tab: messenger.tabs.Tab): Promise<void> {
  const { id } = tab;
  if (tab.type !== 'messageCompose' || id === undefined) return;
  await withWindowLocked(id, async () => {
    if ((await knowledgeOf(id)) === 'none') await noteKnowledge(id, 'opened');
  });
  await restore(id);
}

/** Does the same for the windows that were open before this extension was. */
export async function restoreOpenWindows(): Promise<void> {
  const stored = await browser.storage.session.get(STARTED_KEY);
  if (stored[STARTED_KEY] === true) return;

  const tabs = await thunderbird.tabs.query({ type: 'messageCompose' });
  const tabIds = tabs.map(({ id }) => id).filter((id) => id !== undefined);
  await Promise.all(tabIds.map((tabId) => restore(tabId)));
  await browser.storage.session.set({ [STARTED_KEY]: true });
}

/** Called when a tab is closed. */
export async function forgetOnClose(tabId: number): Promise<void> {
  await Promise.all(
    [
      forgetKnowledge,
      forgetSaving,
      forgetSending,
      forgetLacking,
      forgetFailing,
      forgetQuestions,
      forgetHowSent,
      takeReason,
    ].map((forget) => forget(tabId)),
  );
}

async function restore(tabId: number): Promise<void> {
  try {
    await readRequirement(tabId);
  } catch (cause) {
    // The window is closed already; sending would try again.
    console.info('Require TLS could not tell yet what a window asks for', cause);
  }
}

/** Says what a window asks for, and shows it on the window's button. */
export async function readRequirement(tabId: number): Promise<WindowRequirement> {
  return await withWindowLocked(tabId, async () => {
    try {
      const requirement = await establishRequirement(tabId);
      await showOnButton(tabId, requirement);
      return requirement;
    } catch (cause) {
      await showOnButton(tabId, 'unreadable');
      throw cause;
    }
  });
}

/**
 * Says what a compose window asks for, and puts it back where its custom headers say otherwise:
 * the choice of the draft or template it was opened from, or one that another add-on undid.
 *
 * Thunderbird writes the marker into drafts and templates but drops it when they are opened
 * again or edited as new (153; look again 2027-06); without this the message would leave as
 * Normal. Call it with the window's lock held.
 */
export async function establishRequirement(tabId: number): Promise<WindowRequirement> {
  const knowledge = await knowledgeOf(tabId);
  if (knowledge === 'choosing') return 'unreadable';

  const details = await thunderbird.compose.getComposeDetails(tabId);
  const inWindow = requirementIn(details.customHeaders ?? []);
  if (knowledge !== 'none' && knowledge !== 'opened') {
    if (knowledge !== inWindow) await writeRequirement(tabId, knowledge, 'restored');
    return knowledge;
  }

  const requirement =
    inWindow === 'default' ? await missingFrom(tabId, details, knowledge) : inWindow;
  // What was saved too early has no marker: closing the window must ask to save it again.
  const reason = (await wasSaved(tabId)) ? 'chosen' : 'restored';
  if (requirement !== inWindow) await writeRequirement(tabId, requirement, reason);
  await noteKnowledge(tabId, requirement);
  return requirement;
}

/**
 * Says what a window asks for in whose custom headers there is no marker. What cannot be read
 * is `unreadable`, and that is written into the window, so that saving it keeps it.
 */
async function missingFrom(
  tabId: number,
  details: messenger.compose.ComposeDetails,
  knowledge: 'none' | 'opened',
): Promise<WindowRequirement> {
  const saved = await savedRequirement(details).catch((cause: unknown): WindowRequirement => {
    console.info('Require TLS could not read what a draft asks for', cause);
    return 'unreadable';
  });
  // Asking Thunderbird once more lets the event of a save arrive first that is over by now.
  await thunderbird.compose.getComposeDetails(tabId);
  // Saved before its marker was put back, a draft says nothing any more of what it asked for.
  if (details.type === 'draft' && (await wasSaved(tabId))) return 'unreadable';
  // A window nobody saw opening may have been set to Normal since its draft was saved. Requiring
  // TLS again does no harm; delivering anyway would be weaker than asked: the person is asked.
  return knowledge === 'none' && saved === 'optional' ? 'unreadable' : saved;
}
