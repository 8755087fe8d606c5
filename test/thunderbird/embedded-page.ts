import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import type { Gecko, XulBrowser } from './gecko.ts';
import type { Json } from './marionette.ts';
import { textOf } from './script.ts';

/** Finds the `<browser>` element that shows the page; runs inside Thunderbird. */
type Locate = (gecko: Gecko, what: string) => XulBrowser | null | undefined;

const PAGE_LIMIT_MS = 20_000;

const CLICKS = 3;

/** A page that notes which selector a click last arrived at. */
type WatchedPage = Pick<Window, 'document'> & { clickedSelector?: string };

/**
 * A page inside a Thunderbird window that may live in a process of its own: an add-on's popup, a
 * tab with its set-up page, its background page, the message being written.
 *
 * @typeParam Globals what a script finds in the page
 */
export class EmbeddedPage<Globals = Window> {
  readonly #window: ChromeWindow;
  readonly #locate: string;
  readonly #what: string;

  constructor(window: ChromeWindow, locate: Locate, what = '') {
    this.#window = window;
    this.#locate = textOf(locate);
    this.#what = what;
  }

  async isThere(): Promise<boolean> {
    const text = `return !!(${this.#locate})(gecko, given[0])?.browsingContext?.currentWindowGlobal;`;
    return (await this.#window.runText(text, [this.#what])) === true;
  }

  /**
   * A trusted click, with everything that follows from one.
   *
   * While a page grows, a click lands where the element was: it is repeated as a person would, but
   * only where no event reached the element. A click that arrived and did nothing stays a fault.
   */
  async click(selector: string): Promise<void> {
    for (let tries = 0; tries < CLICKS; tries += 1) {
      await this.#evaluate(textOf(watchForClick), [selector]);
      await this.#act(
        `const element = await page.findElement('css selector', given[1], { timeout: 5000 });
         await page.clickElement(element, { toJSON: () => ({ 'moz:webdriverClick': true }) });`,
        selector,
      );
      if (await this.#landed(selector)) return;
    }
    throw new Error(`no click reaches ${selector} in ${CLICKS} tries`);
  }

  /** Whether the last click reached its element; it did where it closed the page. */
  async #landed(selector: string): Promise<boolean> {
    try {
      return (await this.#evaluate(textOf(hasLanded), [selector])) === true;
    } catch {
      return true; // the page is gone, or else the next question to it fails
    }
  }

  /** A click that closes the page, which may be gone before the click is answered. */
  async clickToClose(selector: string): Promise<void> {
    try {
      await this.click(selector);
    } catch (fault) {
      if (await this.isThere()) throw fault;
    }
    await eventually('the page closed', async () => !(await this.isThere()));
  }

  async type(selector: string, text: string): Promise<void> {
    await this.#act(
      `const element = await page.findElement('css selector', given[1], { timeout: 5000 });
       await page.sendKeysToElement(element, given[2], { toJSON: () => ({}) });`,
      selector,
      text,
    );
  }

  /** What a person can read in it. */
  async visibleText(this: EmbeddedPage): Promise<string> {
    return this.run(({ document }) => document.body.innerText);
  }

  /** Runs a function inside the page, where it sees the page's own globals. */
  async run<Given extends readonly Json[], Answer>(
    script: (page: Globals, ...given: Given) => Answer | Promise<Answer>,
    ...given: Given
  ): Promise<Answer> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's own type, lost on the wire
    return (await this.#evaluate(textOf(script), given)) as Answer;
  }

  async #evaluate(script: string, given: readonly Json[]): Promise<unknown> {
    // The answer crosses two processes as text, since the privileged side sees the page's
    // objects only through a veil.
    const inPage = `return Promise.resolve()
      .then(() => (${script})(window.wrappedJSObject ?? window, ...JSON.parse(arguments[0])))
      .then((answer) => JSON.stringify([null, answer]), (fault) => JSON.stringify([String(fault)]))`;
    const text = await this.#act(
      `return page.executeScript(given[1], [given[2]], {
         timeout: ${PAGE_LIMIT_MS}, sandboxName: null, newSandbox: true, file: 'test', line: 1, async: false,
       });`,
      inPage,
      JSON.stringify(given),
    );
    const [fault, answer]: readonly unknown[] = JSON.parse(String(text));
    if (typeof fault === 'string') throw new Error(`in the page: ${fault}`);
    return answer;
  }

  async #act(body: string, ...given: readonly Json[]): Promise<unknown> {
    return this.#window.runText(
      `const browser = (${this.#locate})(gecko, given[0]);
       if (!browser) throw new Error('the page is not open');
       const page = browser.browsingContext.currentWindowGlobal.getActor('MarionetteCommands');
       ${body}`,
      [this.#what, ...given],
    );
  }
}

/** Runs inside the page, and leaves its document as it is: that may be a message being written. */
function watchForClick(page: WatchedPage, selector: string): void {
  delete page.clickedSelector;
  page.document.addEventListener(
    'click',
    (event) => {
      const element = page.document.querySelector(selector);
      if (element && event.composedPath().includes(element)) page.clickedSelector = selector;
    },
    { capture: true },
  );
}

/** Runs inside the page. */
function hasLanded(page: WatchedPage, selector: string): boolean {
  return page.clickedSelector === selector;
}
