import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { readNotification } from './notifications.ts';
import type { Thunderbird } from './thunderbird.ts';

/**
 * Waits until a message was kept back: the popup and a notification say so, and the window can be
 * used when the popup is closed.
 *
 * @returns what the popup says
 */
export async function keptBack(thunderbird: Thunderbird, window: ComposeWindow): Promise<string> {
  const popup = await window.popup();
  const text = await eventually('the reason in the popup', async () => {
    const shown = await popup.visibleText();
    return shown.includes('The message was not sent') && shown;
  });
  expect(await readNotification(thunderbird.mainWindow)).toContain('The message was not sent');
  await popup.clickToClose('#done');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  return text;
}
