import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AddOn, popupIn } from './add-on.ts';
import { ChromeWindow, windowHandles } from './chrome-window.ts';
import { ComposeWindow } from './compose-window.ts';
import { Dialogs } from './dialogs.ts';
import type { Display } from './display.ts';
import { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import { closeTabs } from './extension-tab.ts';
import type { TabsElement, XulBrowser } from './gecko.ts';
import { MailFolder, type OpeningCommand } from './mail-folder.ts';
import { Marionette } from './marionette.ts';
import { closeNotifications } from './notifications.ts';
import { serverKey, type Identity } from './profile.ts';
import { startProcess, type ThunderbirdProcess } from './thunderbird-process.ts';

const FOLDERS = ['Drafts', 'Inbox', 'Templates', 'Sent', 'Outbox'] as const;
type FolderName = (typeof FOLDERS)[number];

/** More than the second within which the proxy calls them just changed. */
const RELIED_ON_MS = 1_200;

/** A running Thunderbird. */
export class Thunderbird implements AsyncDisposable {
  readonly mainWindow: ChromeWindow;
  readonly dialogs: Dialogs;
  readonly #marionette: Marionette;
  readonly #process: ThunderbirdProcess;

  private constructor(
    running: ThunderbirdProcess,
    marionette: Marionette,
    mainWindow: ChromeWindow,
  ) {
    this.#process = running;
    this.#marionette = marionette;
    this.mainWindow = mainWindow;
    this.dialogs = new Dialogs(marionette);
  }

  static async start(setup: {
    readonly identities: readonly Identity[];
    readonly display?: Display;
    readonly colours?: 'light' | 'dark';
  }): Promise<Thunderbird> {
    const running = await startProcess({
      identities: setup.identities,
      preferences: colourPreferences(setup.colours ?? 'light'),
      display: setup.display,
    });
    try {
      const marionette = await Marionette.connect(running.marionettePort);
      await marionette.startSession();
      const mainWindow = await findMainWindow(marionette);
      await storePassword(mainWindow, setup.identities);
      return new Thunderbird(running, marionette, mainWindow);
    } catch (cause) {
      await running[Symbol.asyncDispose]();
      throw new Error(`Thunderbird did not start; it wrote:\n${running.log().join('\n')}`, {
        cause,
      });
    }
  }

  /** @param file an XPI, or a folder with an add-on, which is loaded until Thunderbird ends */
  async install(file: string): Promise<AddOn> {
    return AddOn.install(this.#marionette, this.mainWindow, file);
  }

  /** Where a `profiles.ini` lies that names its profile. */
  get profilesFolder(): string {
    return this.#process.profilesFolder;
  }

  /** Sends an identity's mail to another port from now on, on a new connection. */
  async sendThrough(port: number, identity = 0): Promise<void> {
    const isChanged = await this.mainWindow.run(
      ({ MailServices }, key, to) => {
        const server = MailServices.outgoingServer.getServerByKey(key).wrappedJSObject;
        server.closeCachedConnections();
        const before = server.port;
        server.port = to;
        return before !== to;
      },
      serverKey(identity),
      port,
    );
    if (isChanged) await this.writePreferences();
  }

  /** Waits until the preferences are on disk as they are. */
  async writePreferences(): Promise<void> {
    const line = await this.mainWindow.run(({ Services: { prefs } }) => {
      // Tells what is written from here on from what was there before.
      const now = String(Date.now());
      prefs.setStringPref('test.written', now);
      prefs.savePrefFile(null);
      return `"test.written", "${now}"`;
    });
    await eventually('the preferences on disk', async () =>
      (await readFile(this.#preferencesFile, 'utf8')).includes(line),
    );
  }

  /** Waits until the preferences were written so long ago that somebody relies on them. */
  async settlePreferences(): Promise<void> {
    await this.writePreferences();
    await eventually('the preferences to be old', async () => {
      const { ctimeMs } = await stat(this.#preferencesFile);
      return Date.now() - ctimeMs > RELIED_ON_MS;
    });
  }

  get #preferencesFile(): string {
    return path.join(this.#process.profile, 'prefs.js');
  }

  folder(name: FolderName): MailFolder {
    return new MailFolder(this.mainWindow, name);
  }

  /** A click on New Message. */
  async newMessage(): Promise<ComposeWindow> {
    const folderPane = new EmbeddedPage(this.mainWindow, ({ window }) =>
      window.document.querySelector<XulBrowser>('#mail3PaneTabBrowser1'),
    );
    return this.#composeWindowAfter(async () => folderPane.click('#folderPaneWriteMessage'));
  }

  /** Selects a message in a folder and opens it for writing. */
  async open(folder: FolderName, subject: string, command: OpeningCommand): Promise<ComposeWindow> {
    return this.#composeWindowAfter(async () => this.folder(folder).open(subject, command));
  }

  /** File, Send Unsent Messages. */
  async sendOutbox(): Promise<void> {
    await this.mainWindow.run(({ window }) => window.goDoCommand('cmd_sendUnsentMsgs'));
  }

  async #composeWindowAfter(open: () => Promise<void>): Promise<ComposeWindow> {
    const before = await windowHandles(this.#marionette);
    await open();
    const handle = await eventually('a compose window', async () => {
      for (const one of await windowHandles(this.#marionette)) {
        if (!before.includes(one) && (await ComposeWindow.isOne(this.#marionette, one))) return one;
      }
      return undefined;
    });
    return ComposeWindow.ready(this.#marionette, handle);
  }

  /** Closes what a test left open and empties the folders, for the next one. */
  async tidyUp(): Promise<void> {
    await this.dialogs.close();
    await closeNotifications(this.mainWindow);
    await closeTabs(this.mainWindow);
    await this.mainWindow.run(({ Services }) => {
      for (const window of Services.wm.getEnumerator(null)) {
        if (window.document.documentURI.includes('messengercompose')) window.close();
      }
    });
    await eventually(
      'the other windows closed',
      async () => (await windowHandles(this.#marionette)).length === 1,
    );
    for (const name of FOLDERS) await this.folder(name).empty();
  }

  /** The last lines that it wrote on its terminal. */
  get log(): readonly string[] {
    return this.#process.log();
  }

  /** What its windows look like. */
  async pictures(): Promise<readonly Buffer[]> {
    const pictures: Buffer[] = [];
    for (const handle of await windowHandles(this.#marionette)) {
      pictures.push(await new ChromeWindow(this.#marionette, handle).picture());
    }
    return pictures;
  }

  /** What a person can read in each of our popups, which the pictures leave out. */
  async popupTexts(): Promise<readonly string[]> {
    const texts: string[] = [];
    for (const handle of await windowHandles(this.#marionette)) {
      const popup = popupIn(new ChromeWindow(this.#marionette, handle));
      if (await popup.isThere()) texts.push(await popup.visibleText().catch(String));
    }
    return texts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#marionette[Symbol.dispose]();
    await this.#process[Symbol.asyncDispose]();
  }
}

function colourPreferences(colours: 'light' | 'dark') {
  return {
    'extensions.activeThemeID': `thunderbird-compact-${colours}@mozilla.org`,
    'ui.systemUsesDarkTheme': colours === 'dark' ? 1 : 0,
  };
}

async function findMainWindow(marionette: Marionette): Promise<ChromeWindow> {
  return eventually('the main window', async () => {
    for (const handle of await windowHandles(marionette)) {
      const window = new ChromeWindow(marionette, handle);
      const showsFolders = await window.run(({ window: { document } }) => {
        const pane = document.querySelector<TabsElement>('#tabmail')?.currentAbout3Pane;
        return (
          pane !== undefined && pane.document.getElementById('folderPaneWriteMessage') !== null
        );
      });
      if (showsFolders) return window;
    }
    return undefined;
  });
}

/**
 * As if the person had typed the password once and let Thunderbird keep it. It is kept by host,
 * whatever the port, so there is one for all servers here.
 */
async function storePassword(window: ChromeWindow, identities: readonly Identity[]): Promise<void> {
  const login = identities.map(({ outgoing }) => outgoing.login).find((one) => one !== undefined);
  if (login === undefined) return;
  await window.run(
    async ({ Services, Cc, Ci }, user, password) => {
      const info = Cc['@mozilla.org/login-manager/loginInfo;1']?.createInstance(Ci.nsILoginInfo);
      if (info === undefined) throw new Error('Thunderbird has no login store');
      info.init('smtp://127.0.0.1', null, 'smtp://127.0.0.1', user, password, '', '');
      await Services.logins.addLoginAsync(info);
    },
    login.user,
    login.password,
  );
}
