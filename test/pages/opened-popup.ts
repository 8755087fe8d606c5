import type { Page } from 'playwright';
import { type OpenedBackground, THROUGH } from './background-page.ts';
import { type Answers, type ControlServer, controlServer } from './control-server.ts';
import { type HowOpened, openPage } from './opened-page.ts';

export const POPUP = 'compose/popup.html';
export const SETUP = 'setup/page.html';

type Stored = Readonly<Record<string, unknown>>;

type HowPaired = HowOpened & {
  readonly answers?: Answers;
  /** What is stored; `local` beside the pairing. */
  readonly local?: Stored;
  readonly session?: Stored;
};

/** Opens a page of the extension, with its background page, paired with a proxy. */
export async function openPaired(path: string, how: HowPaired = {}): Promise<OpenedBackground> {
  const { answers = THROUGH, local = {}, session = {}, around, ...rest } = how;
  const proxy = await controlServer(answers);
  const opened = await openPage(path, {
    withBackground: true,
    ...rest,
    around: { ...around, storage: { local: { pairing: proxy.stored, ...local }, session } },
  });
  return {
    page: opened.page,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the popup shows what the window asks for. */
export async function settled(page: Page, requirement: string): Promise<void> {
  await page.locator(`body[data-settled="${requirement}"]`).waitFor();
}

/** Waits until the popup, or the list of the set-up page, shows where the mail goes. */
export async function wayShown(page: Page, way: string): Promise<void> {
  await page.locator(`[data-way="${way}"]`).first().waitFor();
}

/** A proxy that is not running any more. */
export async function stop(proxy: ControlServer): Promise<void> {
  await proxy[Symbol.asyncDispose]();
}
