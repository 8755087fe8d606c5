import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';
import { takeReason } from './not-sent.ts';
import { showOnButton } from './requirement-button.ts';
import { requirementIn, type WindowRequirement, writeRequirement } from './requirement-store.ts';
import { savedRequirement } from './saved-requirement.ts';
import {
  forgetKnowledge,
  knowledgeOf,
  noteKnowledge,
  type WindowKnowledge,
} from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

/** In storage.session, which is empty when the extension is installed, updated or switched on. */
const STARTED_KEY = 'started';

/** Just opened, or found open by an extension that has only now been started. */
type HowSeen = 'opened' | 'found';

/** Called for each new tab: puts back the choice of the draft or template it shows. */
export async function restoreOnOpen(tab: messenger.tabs.Tab): Promise<void> {
  if (tab.type !== 'messageCompose' || tab.id === undefined) return;
  await restore(tab.id, 'opened');
}

/** Does the same for the windows that were open before this extension was. */
export async function restoreOpenWindows(): Promise<void> {
  const stored = await browser.storage.session.get(STARTED_KEY);
  if (stored[STARTED_KEY] === true) return;
  await browser.storage.session.set({ [STARTED_KEY]: true });

  const tabs = await thunderbird.tabs.query({ type: 'messageCompose' });
  const tabIds = tabs.map(({ id }) => id).filter((id) => id !== undefined);
  await Promise.all(tabIds.map((tabId) => restore(tabId, 'found')));
}

/** Called when a tab is closed. */
export async function forgetOnClose(tabId: number): Promise<void> {
  await Promise.all([forgetKnowledge(tabId), takeReason(tabId)]);
}

async function restore(tabId: number, howSeen: HowSeen): Promise<void> {
  try {
    await readRequirement(tabId, howSeen);
  } catch (cause) {
    // The window is closed already, or its draft cannot be read: sending tries again.
    console.info('Require TLS could not tell yet what a window asks for', cause);
  }
}

/** Says what a window asks for, and shows it on the window's button. */
export async function readRequirement(
  tabId: number,
  howSeen: HowSeen = 'opened',
): Promise<WindowRequirement> {
  return await withWindowLocked(tabId, async () => {
    try {
      const requirement = await establishRequirement(tabId, howSeen);
      await showOnButton(tabId, requirement);
      return requirement;
    } catch (cause) {
      await showOnButton(tabId, 'unreadable');
      throw cause;
    }
  });
}

/**
 * Says what a compose window asks for, and first puts back a choice that its custom headers have
 * lost: that of the draft or template it was opened from, or one wiped out by another add-on.
 *
 * Thunderbird writes the marker into drafts and templates but drops it when they are opened
 * again or edited as new (153; look again 2027-06); without this the message would leave as
 * Normal. Call it with the window's lock held.
 *
 * @throws Error when the draft cannot be read; the window then stays without a known choice
 */
export async function establishRequirement(
  tabId: number,
  howSeen: HowSeen = 'opened',
): Promise<WindowRequirement> {
  const details = await thunderbird.compose.getComposeDetails(tabId);
  const inWindow = requirementIn(details.customHeaders ?? []);
  const knowledge = await knowledgeOf(tabId);
  if (knowledge === 'choosing') return 'unreadable';

  const requirement =
    inWindow === 'default' ? await missingFrom(details, knowledge, howSeen) : inWindow;
  if (requirement !== inWindow) await writeRequirement(tabId, requirement, 'restored');
  if (requirement !== knowledge) await noteKnowledge(tabId, requirement);
  return requirement;
}

/** Says what a window asks for in whose custom headers there is no marker. */
async function missingFrom(
  details: messenger.compose.ComposeDetails,
  knowledge: Exclude<WindowKnowledge, 'choosing'>,
  howSeen: HowSeen,
): Promise<WindowRequirement> {
  if (knowledge !== 'none') return knowledge;

  const saved = await savedRequirement(details);
  // A window found open may have been set to Normal since its draft was saved. Requiring TLS
  // again does no harm; delivering anyway would be weaker than asked, so the person is asked.
  return howSeen === 'found' && saved === 'optional' ? 'unreadable' : saved;
}
