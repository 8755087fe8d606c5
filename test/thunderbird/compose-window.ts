import { ChromeWindow } from './chrome-window.ts';
import { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import type { XulBrowser } from './gecko.ts';
import { type Marionette } from './marionette.ts';
import type { TlsRequirement } from '../../shared/submission/requirement.ts';
import { BUTTON_ID, popupIn } from './add-on.ts';

export type Letter = {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
};

const ENTER = '\uE007';

/** A window in which a message is written, used as a person uses it. */
export class ComposeWindow extends ChromeWindow {
  static async isOne(marionette: Marionette, handle: string): Promise<boolean> {
    const window = new ChromeWindow(marionette, handle);
    return window.run(({ window: { document } }) =>
      document.documentURI.includes('messengercompose'),
    );
  }

  /** Waits until a person could type. */
  static async ready(marionette: Marionette, handle: string): Promise<ComposeWindow> {
    const window = new ComposeWindow(marionette, handle);
    await eventually('the compose window to be ready', async () =>
      window.run(({ window: { composeEditorReady } }) => composeEditorReady === true),
    );
    return window;
  }

  async write({ to, subject, body }: Letter): Promise<void> {
    await this.type('#toAddrInput', to + ENTER);
    await this.click('#msgSubject');
    await this.type('#msgSubject', subject);
    const editor = new EmbeddedPage(this, ({ window }) =>
      window.document.querySelector<XulBrowser>('#messageEditor'),
    );
    await editor.click('body');
    await editor.type('body', body);
  }

  async attach(file: string): Promise<void> {
    await this.run(async ({ window, Cc, Ci }, path) => {
      const attached = Cc['@mozilla.org/file/local;1']?.createInstance(Ci.nsIFile);
      if (attached === undefined) throw new Error('Thunderbird knows no files');
      attached.initWithPath(path);
      await window.AddAttachments([window.FileToAttachment(attached)]);
    }, file);
  }

  /** Chooses another sender in the list of identities. */
  async writeAs(identity: string): Promise<void> {
    await this.click('#msgIdentity');
    await this.click(`#msgIdentityPopup [identitykey="${identity}"]`);
  }

  /** Clicks our button, a radio button in its popup, and Done. */
  async choose(requirement: TlsRequirement): Promise<void> {
    const popup = await this.openPopup();
    await popup.click(`#${requirement}`);
    await eventually(`the choice ${requirement} written into the window`, async () =>
      popup.run(({ document }, choice) => document.body.dataset['settled'] === choice, requirement),
    );
    await popup.clickToClose('#done');
  }

  async openPopup(): Promise<EmbeddedPage> {
    await this.click(`#${BUTTON_ID}`);
    return this.popup();
  }

  /** The popup, once it shows what this window asks for. */
  async popup(): Promise<EmbeddedPage> {
    const popup = popupIn(this);
    await eventually('the popup with the choice', async () =>
      popup.run(({ document }) => document.body.dataset['settled'] !== undefined),
    );
    return popup;
  }

  /** What the button says, which is what the person believes was chosen. */
  async buttonLabel(): Promise<string> {
    return this.run(
      ({ window }, id) => window.document.getElementById(id)?.getAttribute('label') ?? '',
      BUTTON_ID,
    );
  }

  /** What the button says to who points at it. */
  async buttonTitle(): Promise<string> {
    return this.run(
      ({ window }, id) => window.document.getElementById(id)?.getAttribute('tooltiptext') ?? '',
      BUTTON_ID,
    );
  }

  async clickSend(): Promise<void> {
    await this.click('#button-send');
  }

  /** Sends, and waits until Thunderbird has closed the window: it believes the message is sent. */
  async send(): Promise<void> {
    await this.clickSend();
    await this.#closed();
  }

  /** File, Send Later: into the Outbox. */
  async sendLater(): Promise<void> {
    await this.command('cmd_sendLater');
    await this.#closed();
  }

  async saveAndClose(as: 'cmd_saveAsDraft' | 'cmd_saveAsTemplate'): Promise<void> {
    await this.command(as);
    await eventually('the message to be saved', async () =>
      this.run(({ window: { gSaveOperationInProgress, gContentChanged } }) => {
        return gSaveOperationInProgress === false && gContentChanged === false;
      }),
    );
    await this.command('cmd_close');
    await this.#closed();
  }

  /** Does what a menu item or a key does. */
  async command(name: string): Promise<void> {
    await this.run(({ window }, command) => window.goDoCommand(command), name);
  }

  /** Whether nothing in the window can be used: the state a person can leave only by losing the text. */
  async isLocked(): Promise<boolean> {
    return this.run(({ window: { document, gWindowLocked } }) => {
      const subject = document.querySelector<HTMLInputElement>('#msgSubject');
      const send = document.querySelector('#button-send');
      const sendIsGrey = send === null || send.getAttribute('disabled') === 'true';
      return gWindowLocked === true || subject?.disabled !== false || sendIsGrey;
    });
  }

  async #closed(): Promise<void> {
    await eventually('the compose window to close', async () => !(await this.isOpen()));
  }
}
