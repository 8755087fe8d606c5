import { thunderbird } from '../thunderbird.ts';

const ATTEMPTS = 40;
const RETRY_MS = 50;

/**
 * Opens the popup of a compose window, where its button is in the toolbar.
 *
 * @returns whether it opened
 */
export async function openPopup(windowId: number): Promise<boolean> {
  // The button is disabled until Thunderbird has taken our answer, a moment from now.
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await thunderbird.composeAction.openPopup({ windowId })) return true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}
