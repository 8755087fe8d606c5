import browser from 'webextension-polyfill';

/** Where earlier versions kept what the person had confirmed; it proves nothing, and goes. */
const EARLIER_KEY = 'confirmedIdentities';

/** Opens the set-up page once, when the extension is new: nothing works before it is read. */
export async function openOnInstall({ reason }: { readonly reason: string }): Promise<void> {
  if (reason === 'install') await browser.runtime.openOptionsPage();
  else await browser.storage.local.remove(EARLIER_KEY);
}
