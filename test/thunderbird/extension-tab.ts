import type { ChromeWindow } from './chrome-window.ts';
import { EmbeddedPage } from './embedded-page.ts';
import type { Gecko, TabsElement, XulBrowser } from './gecko.ts';

/** A page of an add-on in a tab of the main window, by the end of its address. */
export function extensionTab(mainWindow: ChromeWindow, file: string): EmbeddedPage {
  return new EmbeddedPage(mainWindow, locate, file);
}

/** Closes every tab but the first, which shows the folders. */
export async function closeTabs(mainWindow: ChromeWindow): Promise<void> {
  await mainWindow.run(({ window }) => {
    const tabs = window.document.querySelector<TabsElement>('#tabmail');
    for (const tab of tabs?.tabInfo.slice(1) ?? []) tabs?.closeTab(tab);
  });
}

/** Runs inside Thunderbird. */
function locate({ window }: Gecko, file: string): XulBrowser | undefined {
  const browsers = [...window.document.querySelectorAll<XulBrowser>('browser')];
  return browsers.find(({ currentURI }) => currentURI?.spec.split('#')[0]?.endsWith(file) === true);
}
