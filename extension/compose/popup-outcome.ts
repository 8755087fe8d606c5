import browser from 'webextension-polyfill';
import { elementById } from '../page-element.ts';
import { outcomeNotes, putAsideOutcomeNote } from '../receipts/outcome-notes.ts';
import { describeOutcome } from '../receipts/outcome-words.ts';
import { refreshButton } from './requirement-button.ts';

const section = elementById('outcome', HTMLElement);
const text = elementById('outcome-text', HTMLParagraphElement);
const rest = elementById('outcome-more', HTMLParagraphElement);

/** The note that is shown: only what the person has seen is put aside. */
let shown: string | undefined;

/** Shows what became of an earlier message that did not go as it should, until it is put aside. */
export async function showOutcome(): Promise<void> {
  const [note, ...more] = await outcomeNotes();
  shown = note?.markerId;
  section.hidden = note === undefined;
  text.textContent = note === undefined ? '' : describeOutcome(note);
  rest.hidden = more.length === 0;
  rest.textContent =
    more.length === 0 ? '' : browser.i18n.getMessage('popupOutcomesMore', String(more.length));
}

/** Called when the person has read it; the next is shown then. */
export async function putAsideOutcome(tabId: number): Promise<void> {
  if (shown !== undefined) await putAsideOutcomeNote(shown);
  await showOutcome();
  await refreshButton(tabId);
}
