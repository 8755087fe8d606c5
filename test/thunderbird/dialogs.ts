import { ChromeWindow, windowHandles } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import type { Gecko, ThunderbirdWindow, XulBrowser } from './gecko.ts';
import type { Marionette } from './marionette.ts';

/** The dialogs that Thunderbird shows, in whatever window. */
export class Dialogs {
  readonly #marionette: Marionette;

  constructor(marionette: Marionette) {
    this.#marionette = marionette;
  }

  /** The text of each that is open right now. */
  async texts(): Promise<readonly string[]> {
    return this.#visit('read');
  }

  /** Waits for one and reads it to the end, as a person would, then closes it. */
  async readAndClose(): Promise<string> {
    // It is empty for a moment after it came up.
    const text = await eventually('a dialog', async () =>
      (await this.texts()).find((one) => one !== ''),
    );
    await this.close();
    return text;
  }

  /** Closes all of them: with Cancel, or with OK when there is nothing to cancel. */
  async close(): Promise<void> {
    await eventually('the dialogs closed', async () => (await this.#visit('close')).length === 0);
  }

  /** Presses what goes on in the only dialog that is open. */
  async accept(): Promise<void> {
    await eventually('the dialog accepted', async () => (await this.#visit('accept')).length === 0);
  }

  /** Marionette runs nothing in a window that has a dialog, but any other one does to find it. */
  async #visit(act: 'read' | 'close' | 'accept'): Promise<readonly string[]> {
    let fault: unknown;
    for (const handle of await windowHandles(this.#marionette)) {
      try {
        return await new ChromeWindow(this.#marionette, handle).run(visitDialogs, act);
      } catch (cause) {
        fault = cause;
      }
    }
    throw fault;
  }
}

/**
 * Runs inside Thunderbird: goes through all windows and the frames in them, since a dialog has
 * a window of its own or sits inside the window it is about.
 *
 * @param act `close` and `accept` press a button of each dialog, once Thunderbird lets a person press
 *   it: it keeps them grey for a second, against clicks that were meant for something else
 */
function visitDialogs({ Services }: Gecko, act: string): string[] {
  type Dialog = Element & { getButton(name: string): HTMLButtonElement | null };
  const texts: string[] = [];
  const visit = (window: ThunderbirdWindow | null): void => {
    if (window === null) return;
    const { document } = window;
    if (document.documentURI.includes('commonDialog')) {
      texts.push(document.getElementById('infoBody')?.textContent ?? '');
      const dialog = document.querySelector<Dialog>('dialog');
      const cancel = dialog?.getButton('cancel');
      const closes = act === 'close' && cancel?.hidden === false;
      const button = closes ? cancel : dialog?.getButton('accept');
      // Later, because the next dialog may come up before the click is over.
      if (act !== 'read' && button?.disabled === false) window.setTimeout(() => button.click());
      return;
    }
    for (const browser of document.querySelectorAll<XulBrowser>('browser')) {
      visit(browser.contentWindow);
    }
  };
  for (const window of Services.wm.getEnumerator(null)) visit(window);
  return texts;
}
