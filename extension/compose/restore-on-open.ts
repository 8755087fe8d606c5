import browser from 'webextension-polyfill';
import { isMarkerName } from '../../shared/submission/marker.ts';
import { thunderbird } from '../thunderbird.ts';
import { withinTime } from '../time-limit.ts';
import { forgetEstablished, isEstablished, setEstablished } from './established.ts';
import { showOnButton } from './requirement-button.ts';
import {
  requirementFrom,
  requirementIn,
  type WindowRequirement,
  writeRequirement,
} from './requirement-store.ts';
import { withWindowLocked } from './window-lock.ts';

/** A draft on a mail server that does not answer must not hold the window for longer. */
const READ_LIMIT_MS = 5_000;

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
  await forgetEstablished(tabId);
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
    const requirement = await establishRequirement(tabId, howSeen);
    await showOnButton(tabId, requirement);
    return requirement;
  });
}

/**
 * Says what a compose window asks for, and first puts back the choice of the draft or template
 * it was opened from.
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
  if (inWindow !== 'default' || (await isEstablished(tabId))) return inWindow;

  const saved = await savedRequirement(details);
  // A window found open may have been set to Normal since its draft was saved. Requiring TLS
  // again does no harm; delivering anyway would be weaker than asked, so the person is asked.
  const restored = howSeen === 'found' && saved === 'optional' ? 'unreadable' : saved;
  if (restored !== 'default') await writeRequirement(tabId, restored);
  await setEstablished(tabId);
  return restored;
}

async function savedRequirement(
  details: messenger.compose.ComposeDetails,
): Promise<WindowRequirement> {
  switch (details.type) {
    case 'reply':
    case 'forward':
    case 'redirect':
      // What the related message asked for ended with its delivery.
      return 'default';
    case 'draft':
    case 'new': // templates and "edit as new" too
    case undefined:
      break;
  }
  if (typeof details.relatedMessageId !== 'number') {
    // Extensions are not shown a draft that lies in a file, so nobody can tell what it asks for.
    return details.type === 'draft' ? 'unreadable' : 'default';
  }
  return requirementFrom(await markerValuesOf(details.relatedMessageId));
}

/** The values of a stored message's marker fields, as they were written. */
async function markerValuesOf(messageId: number): Promise<readonly string[]> {
  const headers = await withinTime(
    READ_LIMIT_MS,
    // Undecoded: an encoded word that spells "Yes" is not a marker, and the proxy refuses it too.
    thunderbird.messages.getHeaders(messageId, { decodeHeaders: false }),
  );
  return Object.entries(headers)
    .filter(([name]) => isMarkerName(name))
    .flatMap(([, values]) => values);
}
