import type { ComposeWindow } from './compose-window.ts';
import type { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';

/** A domain as the popup shows it, in its order. */
export type ShownDomain = {
  readonly domain: string;
  readonly verdict: string;
  readonly text: string;
};

/** WebDriver's names of keys; the last one lets go of them. */
const CTRL_SHIFT_E = '\uE009\uE008e\uE000';

/** Opens the popup of a compose window with its key. */
export async function openByKey(window: ComposeWindow): Promise<EmbeddedPage> {
  await window.type('#msgSubject', CTRL_SHIFT_E);
  return window.popup();
}

/** Waits until the popup has looked at the recipients, and says what it shows of them. */
export async function domainsIn(popup: EmbeddedPage): Promise<readonly ShownDomain[]> {
  await forecastIn(popup, 'looked');
  return popup.run(({ document }) =>
    [...document.querySelectorAll<HTMLElement>('#forecast-domains > li')].map((item) => ({
      domain: item.dataset['domain'] ?? '',
      verdict: item.dataset['verdict'] ?? '',
      text: item.innerText,
    })),
  );
}

/** Waits until the forecast in the popup is in a state, and says its line. */
export async function forecastIn(popup: EmbeddedPage, state: string): Promise<string> {
  await eventually(`a forecast that is "${state}"`, async () =>
    popup.run(({ document }, expected) => document.body.dataset['forecast'] === expected, state),
  );
  return popup.run(({ document }) => document.querySelector('#forecast-line')?.textContent ?? '');
}

/** Waits for the popup that asks whether to send, and says what it asks. */
export async function questionIn(window: ComposeWindow): Promise<EmbeddedPage> {
  const popup = await window.popup();
  await eventually('the question', async () =>
    popup.run(({ document }) => document.body.dataset['question'] === 'asked'),
  );
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  return popup;
}

/** Presses keys where the focus is, as the person finds it. */
export async function press(popup: EmbeddedPage, keys: string): Promise<void> {
  await popup.type(':focus', keys);
}

/** Presses keys that close the popup, which may be gone before that is answered. */
export async function pressToClose(popup: EmbeddedPage, keys: string): Promise<void> {
  try {
    await press(popup, keys);
  } catch (fault) {
    if (await popup.isThere()) throw fault;
  }
  await eventually('the popup closed', async () => !(await popup.isThere()));
}

/** The id of what has the focus. */
export async function focused(popup: EmbeddedPage): Promise<string> {
  return popup.run(({ document }) => document.activeElement?.id ?? '');
}

/** Moves the focus with Tab until it is there. */
export async function tabTo(popup: EmbeddedPage, id: string): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    if ((await focused(popup)) === id) return;
    await press(popup, '\uE004');
  }
  throw new Error(`Tab never comes to ${id}`);
}
