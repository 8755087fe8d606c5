import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { forgetQuestion } from '../forecast/failing-question.ts';
import { takeReason } from './not-sent.ts';
import { showOnButton } from './requirement-button.ts';
import { type WindowRequirement, writeRequirement } from './requirement-store.ts';
import { establishRequirement } from './restore-on-open.ts';
import { sendingOver } from './sending.ts';
import { noteKnowledge } from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

/** Makes a person's choice the window's requirement; what stood there before does not matter. */
export async function chooseRequirement(tabId: number, requirement: TlsRequirement): Promise<void> {
  await withWindowLocked(tabId, () => settle(tabId, requirement));
}

/** Called for a keyboard command; in a compose window it makes the next choice in turn. */
export async function cycleOnCommand(command: string, tab: messenger.tabs.Tab): Promise<void> {
  const { id } = tab;
  if (command !== 'cycle-requirement') return;
  if (tab.type !== 'messageCompose' || id === undefined) return;
  // Read and written under one lock: a Send or a second press must not come in between.
  await withWindowLocked(id, async () => {
    await settle(id, requirementAfter(await currentRequirement(id)));
  });
}

async function settle(tabId: number, requirement: TlsRequirement): Promise<void> {
  await noteKnowledge(tabId, 'choosing');
  await sendingOver(tabId);
  await writeRequirement(tabId, requirement, 'chosen');
  await noteKnowledge(tabId, requirement);
  await takeReason(tabId); // what kept the message back before may not hold any more
  await forgetQuestion(tabId);
  await showOnButton(tabId, requirement);
}

async function currentRequirement(tabId: number): Promise<WindowRequirement> {
  try {
    return await establishRequirement(tabId);
  } catch (cause) {
    console.info('Require TLS could not tell what a window asked for', cause);
    return 'unreadable';
  }
}

/** Normal, Require TLS, Deliver anyway, Normal …; the strictest when nobody knows what it was. */
function requirementAfter(current: WindowRequirement): TlsRequirement {
  if (current === 'unreadable') return 'required';
  const next = TLS_REQUIREMENTS[TLS_REQUIREMENTS.indexOf(current) + 1];
  return next ?? 'default';
}
