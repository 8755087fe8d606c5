import browser from 'webextension-polyfill';
import { notedFailing } from '../forecast/failing-domains.ts';
import { outcomeNotes } from '../receipts/outcome-notes.ts';
import { summarizeOutcome } from '../receipts/outcome-words.ts';
import { thunderbird } from '../thunderbird.ts';
import { notedLacking } from './lacking-server.ts';
import type { WindowRequirement } from './requirement-store.ts';
import { knowledgeOf } from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

type Look = {
  readonly label: string;
  readonly title: string;
  readonly icon: string;
  readonly badge: string;
  readonly badgeColor: string;
};

/** Shape, letter and words tell the states apart; colour only repeats it. */
const LOOKS: Readonly<Record<WindowRequirement, Look>> = {
  default: {
    label: 'buttonLabelDefault',
    title: 'buttonTitleDefault',
    icon: '/icons/default.svg',
    badge: '',
    badgeColor: '#5b5b66',
  },
  required: {
    label: 'buttonLabelRequired',
    title: 'buttonTitleRequired',
    icon: '/icons/required.svg',
    badge: '✓',
    badgeColor: '#006504',
  },
  optional: {
    label: 'buttonLabelOptional',
    title: 'buttonTitleOptional',
    icon: '/icons/optional.svg',
    badge: '!',
    badgeColor: '#8a4b00',
  },
  unreadable: {
    label: 'buttonLabelUnknown',
    title: 'buttonTitleUnreadable',
    icon: '/icons/unreadable.svg',
    badge: '?',
    badgeColor: '#a4000f',
  },
};

/** Beside a message that did not go as it should; no requirement has it. */
const OUTCOME_BADGE = { text: '✉✗', color: '#a4000f' } as const;

/**
 * How many of the recipients' domains will fail, with Require TLS only: beside another choice it
 * would look like a warning about a message that may well arrive. A badge has room for two signs.
 */
function failingBadge(failing: number): { readonly text: string; readonly color: string } {
  const text = failing < 10 ? `✗${failing}` : String(Math.min(failing, 99));
  return { text, color: '#a4000f' };
}

/**
 * Shows a window's requirement on its own toolbar button, and with it what the person should know
 * before Send: a server that does not offer REQUIRETLS, and what became of an earlier message.
 */
export async function showOnButton(tabId: number, requirement: WindowRequirement): Promise<void> {
  const { label, title, icon, badge, badgeColor } = LOOKS[requirement];
  const { notes, outcome, failing } = await notesFor(tabId);
  const shown = outcome
    ? OUTCOME_BADGE
    : requirement === 'required' && failing > 0
      ? failingBadge(failing)
      : { text: badge, color: badgeColor };
  const { composeAction } = thunderbird;
  await Promise.all([
    composeAction.setLabel({ tabId, label: browser.i18n.getMessage(label) }),
    composeAction.setTitle({
      tabId,
      title: [browser.i18n.getMessage(title), ...notes].join(' – '),
    }),
    composeAction.setIcon({ tabId, path: icon }),
    composeAction.setBadgeText({ tabId, text: shown.text }),
    composeAction.setBadgeBackgroundColor({ tabId, color: shown.color }),
  ]);
}

/** Shows it again, where it is known, when there is something new to say. */
export async function refreshButton(tabId: number): Promise<void> {
  await withWindowLocked(tabId, async () => {
    const known = await knowledgeOf(tabId);
    if (known !== 'none' && known !== 'opened' && known !== 'choosing') {
      await showOnButton(tabId, known);
    }
  });
}

type Notes = {
  readonly notes: readonly string[];
  readonly outcome: boolean;
  readonly failing: number;
};

/** The choice is shown also where the rest cannot be read. */
async function notesFor(tabId: number): Promise<Notes> {
  try {
    const server = await notedLacking(tabId);
    const failing = await notedFailing(tabId);
    const [outcome] = await outcomeNotes();
    const notes = [
      server === undefined ? [] : browser.i18n.getMessage('buttonTitleLacking', server),
      failing === 0 ? [] : browser.i18n.getMessage('buttonTitleWillFail', String(failing)),
      outcome === undefined ? [] : summarizeOutcome(outcome),
    ].flat();
    return { notes, outcome: outcome !== undefined, failing };
  } catch (cause) {
    console.info('Require TLS could not read what the button should say', cause);
    return { notes: [], outcome: false, failing: 0 };
  }
}
