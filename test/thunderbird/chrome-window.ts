import type { Gecko } from './gecko.ts';
import type { Json, Marionette } from './marionette.ts';
import { textOf } from './script.ts';

/** The key under which WebDriver names an element (W3C WebDriver §11). */
const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';

/** The names a script is given: Thunderbird's globals, gathered into one value. */
const GECKO = `({
  window, Services, IOUtils, Cc, Ci, ChromeUtils, WebExtensionPolicy,
  SmtpClient: ChromeUtils.importESModule('resource:///modules/SmtpClient.sys.mjs').SmtpClient,
  MailServices: ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs').MailServices,
})`;

/**
 * One of Thunderbird's own windows: the main window, or a window for composing. Clicks and keys
 * are real input events, as a person's hand makes them.
 */
export class ChromeWindow {
  readonly #marionette: Marionette;
  readonly handle: string;

  constructor(marionette: Marionette, handle: string) {
    this.#marionette = marionette;
    this.handle = handle;
  }

  /** Runs a function inside Thunderbird. It is sent as text and knows only its arguments. */
  async run<Given extends readonly Json[], Answer>(
    script: (gecko: Gecko, ...given: Given) => Answer | Promise<Answer>,
    ...given: Given
  ): Promise<Answer> {
    const answer = await this.runText(`return (${textOf(script)})(gecko, ...given);`, given);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the script's own type, lost on the wire
    return answer as Answer;
  }

  async runText(body: string, given: readonly Json[]): Promise<unknown> {
    await this.#switchTo(false);
    const script = `return (async (gecko, given) => { ${body} })(${GECKO}, [...arguments]);`;
    const answer = await this.#marionette.send('WebDriver:ExecuteScript', {
      script,
      args: given,
      sandbox: 'system',
      newSandbox: false,
    });
    return valueOf(answer);
  }

  async click(selector: string): Promise<void> {
    const id = await this.#find(selector);
    await this.#marionette.send('WebDriver:ElementClick', { id });
  }

  async type(selector: string, text: string): Promise<void> {
    const id = await this.#find(selector);
    await this.#marionette.send('WebDriver:ElementSendKeys', { id, text });
  }

  async isOpen(): Promise<boolean> {
    return (await windowHandles(this.#marionette)).includes(this.handle);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#switchTo(false);
    await this.#marionette.send('WebDriver:SetWindowRect', { x: 0, y: 0, width, height });
  }

  /** PNG of the window, without popups: Marionette leaves those out. */
  async picture(): Promise<Buffer> {
    await this.#switchTo(false);
    const answer = await this.#marionette.send('WebDriver:TakeScreenshot', { full: false });
    return Buffer.from(String(valueOf(answer)), 'base64');
  }

  /** @param focus brings it to the front, for which a window behind a dialog waits in vain */
  async #switchTo(focus: boolean): Promise<void> {
    await this.#marionette.send('WebDriver:SwitchToWindow', { handle: this.handle, focus });
  }

  async #find(selector: string): Promise<string> {
    await this.#switchTo(true);
    const answer = await this.#marionette.send('WebDriver:FindElement', {
      using: 'css selector',
      value: selector,
    });
    const element = valueOf(answer);
    if (typeof element === 'object' && element !== null && ELEMENT_KEY in element) {
      return String(element[ELEMENT_KEY]);
    }
    throw new Error(`Thunderbird named no element for ${selector}`);
  }
}

export async function windowHandles(marionette: Marionette): Promise<readonly string[]> {
  const answer = await marionette.send('WebDriver:GetWindowHandles');
  if (!Array.isArray(answer)) throw new Error('Thunderbird gave no list of windows');
  return answer.map(String);
}

function valueOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'value' in answer
    ? answer.value
    : undefined;
}
