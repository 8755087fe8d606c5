import { elementById } from '../page-element.ts';
import { outcomeNotes, putAsideOutcomeNotes } from '../receipts/outcome-notes.ts';
import { describeOutcome } from '../receipts/outcome-words.ts';
import { refreshButton } from './requirement-button.ts';

const section = elementById('outcome', HTMLElement);
const text = elementById('outcome-text', HTMLParagraphElement);

/** Shows what became of an earlier message that did not go as it should, until it is put aside. */
export async function showOutcome(): Promise<void> {
  const [note] = await outcomeNotes();
  section.hidden = note === undefined;
  text.textContent = note === undefined ? '' : describeOutcome(note);
}

/** Called when the person has read it; what was told of other messages is put aside with it. */
export async function putAsideOutcome(tabId: number): Promise<void> {
  await putAsideOutcomeNotes();
  await showOutcome();
  await refreshButton(tabId);
}
