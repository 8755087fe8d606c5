import browser from 'webextension-polyfill';
import { TLS_REQUIREMENTS, type TlsRequirement } from '../../shared/submission/requirement.ts';
import { chooseRequirement } from './choose.ts';
import { tellOpen } from './compose-windows.ts';
import type { WindowRequirement } from './requirement-store.ts';
import { readRequirement } from './restore-on-open.ts';

/**
 * What the popup asks of the background page, which alone changes a window: it goes on when the
 * popup is closed the moment a choice is made.
 */
export type PopupMessage =
  | { readonly kind: 'read'; readonly tabId: number }
  | { readonly kind: 'choose'; readonly tabId: number; readonly requirement: TlsRequirement };

/** Asks the background page; the answer is what the window asks for afterwards. */
export async function askBackground(message: PopupMessage): Promise<WindowRequirement> {
  const answered: unknown = await browser.runtime.sendMessage(message);
  return TLS_REQUIREMENTS.find((known) => known === answered) ?? 'unreadable';
}

/** Answers the popup; a message that is not its own gets no answer. */
export function answerPopup(message: unknown): Promise<WindowRequirement> | undefined {
  const asked = parsePopupMessage(message);
  return asked === undefined ? undefined : answer(asked);
}

async function answer(asked: PopupMessage): Promise<WindowRequirement> {
  void tellOpen(asked.tabId); // the popup shows that somebody writes there
  if (asked.kind === 'choose') await chooseRequirement(asked.tabId, asked.requirement);
  return await readRequirement(asked.tabId);
}

function parsePopupMessage(message: unknown): PopupMessage | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('kind' in message && 'tabId' in message)) return undefined;
  const { kind, tabId } = message;
  if (typeof tabId !== 'number') return undefined;
  if (kind === 'read') return { kind, tabId };
  if (kind !== 'choose' || !('requirement' in message)) return undefined;
  const requirement = TLS_REQUIREMENTS.find((known) => known === message.requirement);
  return requirement === undefined ? undefined : { kind, tabId, requirement };
}
