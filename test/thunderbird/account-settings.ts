import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import { closeTabs } from './extension-tab.ts';
import type { TabsElement } from './gecko.ts';
import { serverKey } from './profile.ts';

/** The Account Settings in their tab, at the page of the first identity. */
export type AccountSettings = AsyncDisposable & {
  /** Chooses the outgoing server of the identity at another position for the first one. */
  chooseServerOf(position: number): Promise<void>;
  close(): Promise<void>;
};

export async function openAccountSettings(mainWindow: ChromeWindow): Promise<AccountSettings> {
  await mainWindow.run(({ window }) => window.MsgAccountManager(null));
  const choose = async (server: string) =>
    mainWindow.run(({ window }, key) => {
      const tabs = window.document.querySelector<TabsElement>('#tabmail')?.tabInfo ?? [];
      const tab = tabs.find(({ browser }) => browser?.currentURI?.spec === 'about:accountsettings');
      const page =
        tab?.browser?.contentWindow?.document.querySelector<HTMLIFrameElement>(
          '#contentFrame',
        )?.contentDocument;
      type Item = Element & { doCommand(): void };
      const item = page?.querySelector<Item>(`#smtpPopup menuitem[value="${key}"]`);
      if (key !== '') item?.doCommand();
      return item !== undefined && item !== null;
    }, server);
  await eventually('the page of the identity', async () => choose(''));

  const close = async () => closeTabs(mainWindow);
  return {
    async chooseServerOf(position) {
      if (!(await choose(serverKey(position)))) throw new Error('No such server in the list');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Gives an identity another outgoing server, as its dialog does when it is closed with OK: unlike
 * the page, Thunderbird writes that down half a second later. It is not clicked, since a click
 * through that dialog takes longer than the moment that a test is about.
 */
export async function switchServer(
  mainWindow: ChromeWindow,
  identity: string,
  server: string,
): Promise<void> {
  await mainWindow.run(
    ({ MailServices }, key, other) => {
      MailServices.accounts.getIdentity(key).smtpServerKey = other;
    },
    identity,
    server,
  );
}
