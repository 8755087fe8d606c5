import * as v from 'valibot';
import browser from 'webextension-polyfill';

/** What this extension has put on a message, and let go. */
const MARKED_MESSAGE = v.strictObject({
  tabId: v.number(),
  markerId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  requirement: v.picklist(['required', 'optional']),
  subject: v.string(),
});
export type MarkedMessage = v.InferOutput<typeof MARKED_MESSAGE>;

const KEY = 'marked-messages';
const KEPT_MESSAGES = 50;

/**
 * Notes, before a message may leave, what is on it. What is on it afterwards proves nothing: another
 * add-on may take the marker off after us, and that is the message to look for.
 */
export async function noteMarked(marked: MarkedMessage): Promise<void> {
  await change((known) => [...known.filter(({ tabId }) => tabId !== marked.tabId), marked]);
}

/** Called when a window's message leaves unmarked: what was noted of an earlier try is over. */
export async function forgetMarked(tabId: number): Promise<void> {
  await change((known) => known.filter((one) => one.tabId !== tabId));
}

/** What was on a window's message, once. The window may be closed by now. */
export async function takeMarked(tabId: number): Promise<MarkedMessage | undefined> {
  const marked = (await markedMessages()).find((one) => one.tabId === tabId);
  if (marked !== undefined) await forgetMarked(tabId);
  return marked;
}

async function markedMessages(): Promise<readonly MarkedMessage[]> {
  const { [KEY]: stored } = await browser.storage.session.get(KEY);
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((one) => {
    const parsed = v.safeParse(MARKED_MESSAGE, one);
    return parsed.success ? [parsed.output] : [];
  });
}

async function change(
  changed: (known: readonly MarkedMessage[]) => readonly MarkedMessage[],
): Promise<void> {
  await navigator.locks.request(KEY, async () => {
    const kept = changed(await markedMessages()).slice(-KEPT_MESSAGES);
    await browser.storage.session.set({ [KEY]: kept });
  });
}
