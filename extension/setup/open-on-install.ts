import browser from 'webextension-polyfill';

/** Opens the set-up page once, when the extension is new: nothing works before it is read. */
export async function openOnInstall({ reason }: { readonly reason: string }): Promise<void> {
  if (reason === 'install') await browser.runtime.openOptionsPage();
}
