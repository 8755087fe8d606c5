import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { takeReason } from './not-sent.ts';
import { showOnButton } from './requirement-button.ts';
import { type WindowRequirement, writeRequirement } from './requirement-store.ts';
import { readRequirement } from './restore-on-open.ts';
import { noteKnowledge } from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

/** Makes a person's choice the window's requirement; what stood there before does not matter. */
export async function chooseRequirement(tabId: number, requirement: TlsRequirement): Promise<void> {
  await withWindowLocked(tabId, async () => {
    await noteKnowledge(tabId, 'choosing');
    await writeRequirement(tabId, requirement, 'chosen');
    await noteKnowledge(tabId, requirement);
    await takeReason(tabId); // what kept the message back before may not hold any more
    await showOnButton(tabId, requirement);
  });
}

/** Called for a keyboard command; in a compose window it makes the next choice in turn. */
export async function cycleOnCommand(command: string, tab: messenger.tabs.Tab): Promise<void> {
  if (command !== 'cycle-requirement') return;
  if (tab.type !== 'messageCompose' || tab.id === undefined) return;
  await chooseRequirement(tab.id, requirementAfter(await currentRequirement(tab.id)));
}

async function currentRequirement(tabId: number): Promise<WindowRequirement> {
  try {
    return await readRequirement(tabId);
  } catch (cause) {
    console.info('Require TLS could not tell what a window asked for', cause);
    return 'unreadable';
  }
}

/** Normal, Require TLS, Deliver anyway, Normal …; the strictest when nobody knows what it was. */
export function requirementAfter(current: WindowRequirement): TlsRequirement {
  if (current === 'unreadable') return 'required';
  const next = TLS_REQUIREMENTS[TLS_REQUIREMENTS.indexOf(current) + 1];
  return next ?? 'default';
}
