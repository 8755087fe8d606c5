import type { ChromeWindow } from './chrome-window.ts';
import type { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import { closeTabs, extensionTab } from './extension-tab.ts';

/**
 * Types a code on the set-up page, which a new extension opens by itself in a tab, and closes the
 * page when the proxy has proved that it is the one that showed the code.
 */
export async function pairOnSetUpPage(
  mainWindow: ChromeWindow,
  { code, controlPort }: { readonly code: string; readonly controlPort: number },
): Promise<void> {
  const page = await setUpPage(mainWindow);
  await page.run(({ document }) => {
    const field = document.querySelector<HTMLInputElement>('#control-port');
    if (field !== null) field.value = '';
  });
  await page.type('#control-port', String(controlPort));
  await page.type('#code', code);
  await page.click('#pair');
  await eventually('the extension to be paired', async () =>
    page.run(({ document }) => document.body.dataset['pairing'] === 'paired'),
  );
  await closeTabs(mainWindow);
}

/** The page once it shows the identities. */
export async function setUpPage(mainWindow: ChromeWindow): Promise<EmbeddedPage> {
  const page = extensionTab(mainWindow, '/setup/page.html');
  await eventually('the set-up page', async () =>
    page.run(({ document }) => document.body.dataset['ready'] !== undefined),
  );
  return page;
}
