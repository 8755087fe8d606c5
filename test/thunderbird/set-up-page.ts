import type { ChromeWindow } from './chrome-window.ts';
import { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import type { Gecko, TabsElement, XulBrowser } from './gecko.ts';

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
  await closeSetUpPage(mainWindow);
}

/** The page once it shows the identities. */
export async function setUpPage(mainWindow: ChromeWindow): Promise<EmbeddedPage> {
  const page = new EmbeddedPage(mainWindow, locate);
  await eventually('the set-up page', async () =>
    page.run(({ document }) => document.body.dataset['ready'] !== undefined),
  );
  return page;
}

export async function closeSetUpPage(mainWindow: ChromeWindow): Promise<void> {
  await setUpPage(mainWindow);
  await mainWindow.run(({ window }) => {
    const tabs = window.document.querySelector<TabsElement>('#tabmail');
    const tab = tabs?.tabInfo.find(({ browser }) =>
      browser?.currentURI?.spec.endsWith('/setup/page.html'),
    );
    if (tab !== undefined) tabs?.closeTab(tab);
  });
}

/** Runs inside Thunderbird. */
function locate({ window }: Gecko): XulBrowser | undefined {
  const browsers = [...window.document.querySelectorAll<XulBrowser>('browser')];
  return browsers.find(({ currentURI }) => currentURI?.spec.endsWith('/setup/page.html') === true);
}
