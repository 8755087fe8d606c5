import path from 'node:path';
import type { ChromeWindow } from './chrome-window.ts';
import { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import type { Gecko, XulBrowser } from './gecko.ts';
import type { Json, Marionette } from './marionette.ts';

export const ADD_ON_ID = '{2f0a86a1-8689-4c5e-9d0b-6f3f5c7a8690}';

/** As `npm run build` leaves it. */
export const ADD_ON_FILE = path.resolve('dist/require-tls.xpi');

/** Thunderbird makes the id of a button from the id of its add-on. */
export const BUTTON_ID = `${ADD_ON_ID.toLowerCase().replace(/[^a-z0-9_-]/g, '_')}-composeAction-toolbarbutton`;

/** An add-on in a running Thunderbird. */
export class AddOn {
  readonly id: string;
  readonly #marionette: Marionette;
  readonly #window: ChromeWindow;

  private constructor(marionette: Marionette, window: ChromeWindow, id: string) {
    this.#marionette = marionette;
    this.#window = window;
    this.id = id;
  }

  /**
   * Installs an add-on, or puts another version in its place.
   *
   * @param file an XPI, installed as a person would, or a folder, loaded until Thunderbird ends
   * @param window any window of the main process, best the main window
   */
  static async install(marionette: Marionette, window: ChromeWindow, file: string): Promise<AddOn> {
    const answer = await marionette.send('Addon:Install', {
      path: file,
      temporary: !file.endsWith('.xpi'),
    });
    if (typeof answer !== 'object' || answer === null || !('value' in answer)) {
      throw new Error(`Thunderbird named no add-on for ${file}`);
    }
    const addOn = new AddOn(marionette, window, String(answer.value));
    await addOn.#background();
    return addOn;
  }

  async uninstall(): Promise<void> {
    await this.#marionette.send('Addon:Uninstall', { id: this.id });
  }

  async version(): Promise<string | undefined> {
    return this.#window.run(
      ({ WebExtensionPolicy }, id) => WebExtensionPolicy.getByID(id)?.extension.version,
      this.id,
    );
  }

  /** Runs a function in the background page, with the add-on's own rights. */
  async run<Given extends readonly Json[], Answer>(
    script: (page: BackgroundPage, ...given: Given) => Answer | Promise<Answer>,
    ...given: Given
  ): Promise<Answer> {
    const page = await this.#background();
    return page.run(script, ...given);
  }

  /** Stops the background page, as Thunderbird does with one that was idle for 30 seconds. */
  async stopBackground(): Promise<void> {
    await this.#window.run(async ({ WebExtensionPolicy }, id) => {
      await WebExtensionPolicy.getByID(id)?.extension.terminateBackground();
    }, this.id);
    const page = new EmbeddedPage(this.#window, locateBackground, this.id);
    await eventually('the background page to stop', async () => !(await page.isThere()));
  }

  async #background(): Promise<EmbeddedPage<BackgroundPage>> {
    const page = new EmbeddedPage<BackgroundPage>(this.#window, locateBackground, this.id);
    await eventually('the background page of the add-on', async () => {
      await this.#window.run(async ({ WebExtensionPolicy }, id) => {
        await WebExtensionPolicy.getByID(id)?.extension.wakeupBackground?.();
      }, this.id);
      return page.isThere();
    });
    return page;
  }
}

/** The part of the add-on API that tests call themselves. */
export type BackgroundPage = {
  readonly messenger: {
    readonly alarms: {
      create(name: string, when: { when: number }): Promise<void>;
      get(name: string): Promise<{ scheduledTime: number } | undefined>;
    };
    readonly runtime: { getURL(page: string): string; openOptionsPage(): Promise<void> };
    readonly storage: {
      readonly local: {
        get(key: string): Promise<Readonly<Record<string, Json>>>;
        set(values: Readonly<Record<string, Json>>): Promise<void>;
        remove(key: string): Promise<void>;
      };
    };
    readonly tabs: {
      create(tab: { url: string }): Promise<unknown>;
      query(query: { type: string }): Promise<readonly { id: number }[]>;
    };
    readonly compose: {
      getComposeDetails(tab: number): Promise<{ customHeaders: readonly CustomHeader[] }>;
      setComposeDetails(
        tab: number,
        details: {
          readonly customHeaders?: readonly CustomHeader[];
          readonly newsgroups?: readonly string[];
        },
      ): Promise<void>;
    };
  };
};

export type CustomHeader = { readonly name: string; readonly value: string };

/** The popup that the add-on's button opened in a window. */
export function popupIn(window: ChromeWindow): EmbeddedPage {
  return new EmbeddedPage(window, (gecko) => {
    const popup = gecko.window.document.querySelector<XulBrowser>(
      'browser.webextension-popup-browser',
    );
    return popup !== null && popup.getBoundingClientRect().width > 50 ? popup : null;
  });
}

function locateBackground({ WebExtensionPolicy }: Gecko, id: string): XulBrowser | undefined {
  const views = [...(WebExtensionPolicy.getByID(id)?.extension.views ?? [])];
  return views.find(({ viewType }) => viewType === 'background')?.xulBrowser;
}
