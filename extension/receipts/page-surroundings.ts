import type { Answer, PAGE_ASKS, Question } from '../../shared/control/api.ts';
import type { Asked } from '../sealed-channel.ts';

/** What the page of receipts asks. */
export type PageAsk = (typeof PAGE_ASKS)[number];

/** `spent`: the link that opened the page is used up, and so is what it got for it. */
export type PageAsked<Ask extends PageAsk> =
  Asked<Ask> | { readonly no: 'spent'; readonly detail: string };

export type WhyNoReceipts = Extract<PageAsked<'receipts'>, { no: unknown }>['no'];

/**
 * What is around the page: a tab of Thunderbird, where it is the extension's, or a browser, to
 * which the proxy serves the same files.
 */
export type PageSurroundings = {
  /** Of the texts: `en`, `de-AT`. */
  readonly language: string;
  /** A text of `_locales` with what stands in its placeholders. */
  readonly text: (message: string, ...substitutions: readonly string[]) => string;
  /** Never throws, and takes a limited time. */
  readonly ask: <Ask extends PageAsk>(
    question: Extract<Question, { ask: Ask }>,
  ) => Promise<PageAsked<Ask>>;
  /** Undefined where there is no set-up page. */
  readonly openSetup: (() => Promise<void>) | undefined;
};

export type ReceiptsAnswer = Answer<'receipts'>;

/** A long file is read for the first time while somebody waits. */
export const ASK_LIMIT_MS = 10_000;

/**
 * Finds out where the page is. An extension's address begins otherwise in each program, but only
 * in an extension is there an object `browser` with an id. webextension-polyfill throws anywhere
 * else, so it is not even loaded there.
 *
 * @throws Error in a browser, when the proxy ended before the page was loaded
 */
export async function pageSurroundings(): Promise<PageSurroundings> {
  if (isExtension()) {
    const { inThunderbird } = await import('./page-in-thunderbird.ts');
    return inThunderbird();
  }
  const { inBrowser } = await import('./page-in-browser.ts');
  return await inBrowser();
}

function isExtension(): boolean {
  const around: { readonly browser?: { readonly runtime?: { readonly id?: unknown } } } =
    globalThis;
  return typeof around.browser?.runtime?.id === 'string';
}
