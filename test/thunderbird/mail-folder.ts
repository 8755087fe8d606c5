import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import type { Gecko, TabsElement } from './gecko.ts';

/** What a person does with a message in a folder, as its menu item's command. */
export type OpeningCommand =
  | 'cmd_editDraftMsg'
  | 'cmd_editAsNew'
  | 'cmd_newMsgFromTemplate'
  | 'cmd_editTemplateMsg'
  | Answering;

/** What a person writes about a message. */
export type Answering = 'cmd_reply' | 'cmd_forwardInline' | 'cmd_redirect';

/** One of Thunderbird's local folders, by its name: Drafts, Templates, Sent, or Outbox. */
export class MailFolder {
  readonly #mainWindow: ChromeWindow;
  readonly #name: string;

  constructor(mainWindow: ChromeWindow, name: string) {
    this.#mainWindow = mainWindow;
    // Thunderbird shows "Outbox" for this one.
    this.#name = name === 'Outbox' ? 'Unsent Messages' : name;
  }

  async subjects(): Promise<readonly string[]> {
    return (await this.#messages()).map(({ subject }) => subject);
  }

  /** The Message-ID of each message, without brackets. */
  async ids(): Promise<readonly string[]> {
    return (await this.#messages()).map(({ messageId }) => messageId);
  }

  async #messages(): Promise<readonly { readonly subject: string; readonly messageId: string }[]> {
    return this.#mainWindow.run((gecko, name) => {
      const root = gecko.MailServices.accounts.localFoldersServer.rootFolder;
      if (!root.containsChildNamed(name)) return [];
      const messages = [...root.getChildNamed(name).messages];
      return messages.map(({ subject, messageId }) => ({ subject, messageId }));
    }, this.#name);
  }

  /** The newest message as it lies on disk, with Thunderbird's own fields before it. */
  async newest(): Promise<string> {
    const mbox = await this.#mainWindow.run(
      async ({ MailServices, IOUtils }, name) =>
        IOUtils.readUTF8(
          MailServices.accounts.localFoldersServer.rootFolder.getChildNamed(name).filePath.path,
        ),
      this.#name,
    );
    // Deleted ones stay in the file for a while.
    return mbox.split(/^From - .*\r?\n/m).at(-1) ?? '';
  }

  /** Puts a message into the folder as it stands, as another program or an older version may have done. */
  async add(message: string): Promise<void> {
    await this.#mainWindow.run(
      ({ MailServices, Ci }, name, text) => {
        const root = MailServices.accounts.localFoldersServer.rootFolder;
        if (!root.containsChildNamed(name)) {
          root.createSubfolder(name, null);
          root.getChildNamed(name).setFlag(Ci.nsMsgFolderFlags[name] ?? 0);
        }
        const folder = root.getChildNamed(name).QueryInterface(Ci.nsIMsgLocalMailFolder);
        folder.addMessage(text);
      },
      this.#name,
      message,
    );
  }

  /** Selects a message in the main window and does something with it. */
  async open(subject: string, command: OpeningCommand): Promise<void> {
    await eventually(`the message "${subject}" to be selected`, async () =>
      this.#mainWindow.run(select, this.#name, subject),
    );
    await this.#mainWindow.run(({ window }, name) => window.goDoCommand(name), command);
  }

  async empty(): Promise<void> {
    await this.#mainWindow.run(({ MailServices }, name) => {
      const root = MailServices.accounts.localFoldersServer.rootFolder;
      if (!root.containsChildNamed(name)) return;
      const folder = root.getChildNamed(name);
      const messages = [...folder.messages];
      if (messages.length > 0) folder.deleteMessages(messages, null, true, false, null, false);
    }, this.#name);
    await eventually('the folder to be empty', async () => (await this.subjects()).length === 0);
  }
}

/** Runs inside Thunderbird; says whether the message is the selected one now. */
function select({ window, MailServices }: Gecko, name: string, subject: string): boolean {
  const folder = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed(name);
  const message = [...folder.messages].find((one) => one.subject === subject);
  const pane = window.document.querySelector<TabsElement>('#tabmail')?.currentAbout3Pane;
  if (message === undefined || pane === undefined) return false;
  pane.displayFolder(folder.URI);
  pane.selectMessage(message);
  return pane.gDBView?.hdrForFirstSelectedMessage === message;
}
