import { ADD_ON_ID } from './add-on.ts';
import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';

type Panel = HTMLElement & { readonly state?: 'closed' | 'open' | 'hiding' | 'showing' };

/** Grants our extension what it would ask the person for, until it is taken back. */
export async function allow(
  mainWindow: ChromeWindow,
  permissions: readonly string[],
): Promise<AsyncDisposable> {
  const change = async (how: 'add' | 'remove') =>
    mainWindow.run(
      async ({ ChromeUtils, WebExtensionPolicy }, id, act, names) => {
        const extension = WebExtensionPolicy.getByID(id)?.extension;
        if (extension === undefined) throw new Error('It is not installed');
        const { ExtensionPermissions } = ChromeUtils.importESModule(
          'resource://gre/modules/ExtensionPermissions.sys.mjs',
        );
        await ExtensionPermissions[act](id, { permissions: names, origins: [] }, extension);
      },
      ADD_ON_ID,
      how,
      permissions,
    );
  await change('add');
  return { [Symbol.asyncDispose]: async () => change('remove') };
}

/** Waits until Thunderbird asks what our extension may, reads it and allows it. */
export async function allowInPrompt(mainWindow: ChromeWindow): Promise<string> {
  const text = await eventually('the question of Thunderbird', async () =>
    mainWindow.run(({ window: { document } }) => {
      const panel = document.querySelector<Panel>('#notification-popup');
      return panel?.state === 'open' && (panel.textContent ?? '');
    }),
  );
  // Its buttons do nothing for a moment, against clicks that were meant for something else.
  await eventually('the question answered', async () =>
    mainWindow.run(({ window: { document } }) => {
      const panel = document.querySelector<Panel>('#notification-popup');
      if (panel?.state !== 'open') return panel?.state === 'closed';
      panel.querySelector<HTMLElement>('.popup-notification-primary-button')?.click();
      return false;
    }),
  );
  return text;
}
