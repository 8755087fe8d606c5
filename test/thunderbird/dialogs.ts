import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import type { Gecko, ThunderbirdWindow, XulBrowser } from './gecko.ts';

/**
 * The text of each dialog that Thunderbird shows right now.
 *
 * @param from any window that is open
 */
export async function openDialogs(from: ChromeWindow): Promise<readonly string[]> {
  return from.run(visitDialogs, 'read');
}

/** Waits for a dialog and reads it to the end, as a person would, then presses its first button. */
export async function readAndCloseDialog(from: ChromeWindow): Promise<string> {
  // It is empty for a moment after it came up.
  const text = await eventually('a dialog', async () =>
    (await openDialogs(from)).find((one) => one !== ''),
  );
  await closeDialogs(from);
  return text;
}

export async function closeDialogs(from: ChromeWindow): Promise<void> {
  await eventually(
    'the dialogs to close',
    async () => (await from.run(visitDialogs, 'close')).length === 0,
  );
}

/**
 * Runs inside Thunderbird: goes through all windows and the frames in them, since a dialog has
 * a window of its own or sits inside the window it is about.
 *
 * @param act `close` presses each dialog's first button, once Thunderbird lets a person press it:
 *   it keeps the button grey for a second, against clicks that were meant for something else
 */
function visitDialogs({ Services }: Gecko, act: string): string[] {
  type Dialog = Element & { getButton(name: string): HTMLButtonElement };
  const texts: string[] = [];
  const visit = (window: ThunderbirdWindow | null): void => {
    if (window === null) return;
    const { document } = window;
    if (document.documentURI.includes('commonDialog')) {
      texts.push(document.getElementById('infoBody')?.textContent ?? '');
      const button = document.querySelector<Dialog>('dialog')?.getButton('accept');
      if (act === 'close' && button?.disabled === false) button.click();
      return;
    }
    for (const browser of document.querySelectorAll<XulBrowser>('browser')) {
      visit(browser.contentWindow);
    }
  };
  for (const window of Services.wm.getEnumerator(null)) visit(window);
  return texts;
}
