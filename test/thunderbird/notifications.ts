import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';

/** Of one that comes up just now. */
const UNWRITTEN = ': ';

/** Waits for a notification on the screen, reads it, title first, and puts it away. */
export async function readNotification(from: ChromeWindow): Promise<string> {
  const text = await eventually('a notification', async () =>
    (await notifications(from)).find((one) => one !== UNWRITTEN),
  );
  await closeNotifications(from);
  return text;
}

export async function closeNotifications(from: ChromeWindow): Promise<void> {
  await from.run(({ Services }) => {
    for (const window of Services.wm.getEnumerator(null)) {
      if (window.document.documentURI.endsWith('/alert.xhtml')) window.close();
    }
  });
  await eventually(
    'the notifications closed',
    async () => (await notifications(from)).length === 0,
  );
}

/** All that are on the screen, title first. */
export async function notifications(from: ChromeWindow): Promise<readonly string[]> {
  return from.run(({ Services }) => {
    const texts: string[] = [];
    for (const { document } of Services.wm.getEnumerator(null)) {
      if (!document.documentURI.endsWith('/alert.xhtml')) continue;
      const parts = ['alertTitleLabel', 'alertTextLabel'].map((id) => {
        const label = document.getElementById(id);
        return label?.getAttribute('value') ?? label?.textContent ?? '';
      });
      texts.push(parts.join(': '));
    }
    return texts;
  });
}
