import * as v from 'valibot';
import browser from 'webextension-polyfill';

/** A second press that comes with the first, or just as the question appears, is no answer to it. */
export const PRESSED_TWICE_MS = 2_000;

const ASKED = v.strictObject({
  /** Addresses in lower case. */
  recipients: v.array(v.string()),
  /** From this moment on Send goes on without asking about them again. */
  from: v.number(),
});

type Asked = v.InferOutput<typeof ASKED>;

const keyOf = (tabId: number): string => `asked-about-${tabId}`;

/**
 * Notes recipients about whom the person has been asked in a window.
 *
 * @param how `shown` when the question is before the eyes, `answered` when it was
 */
export async function noteAskedAbout(
  tabId: number,
  recipients: readonly { readonly address: string }[],
  how: 'shown' | 'answered' = 'shown',
): Promise<void> {
  const known = await asked(tabId);
  const all = new Set([...known.recipients, ...recipients.map(nameOf)]);
  const from = how === 'answered' ? 0 : Date.now() + PRESSED_TWICE_MS;
  const noted: Asked = { recipients: [...all], from };
  await browser.storage.session.set({ [keyOf(tabId)]: noted });
}

/** Those about whom the person was not asked in this window. */
export async function notAskedAbout<R extends { readonly address: string }>(
  tabId: number,
  recipients: readonly R[],
): Promise<readonly R[]> {
  const known = await asked(tabId);
  if (known.from > Date.now() && known.from - Date.now() <= PRESSED_TWICE_MS) return recipients;
  return recipients.filter((recipient) => !known.recipients.includes(nameOf(recipient)));
}

/** Called when the question about them went away before anybody could read it. */
export async function notAskedAfterAll(
  tabId: number,
  recipients: readonly { readonly address: string }[],
): Promise<void> {
  const known = await asked(tabId);
  const unread = new Set(recipients.map(nameOf));
  const read = known.recipients.filter((recipient) => !unread.has(recipient));
  await browser.storage.session.set({ [keyOf(tabId)]: { ...known, recipients: read } });
}

/** Called when a window closes. */
export async function forgetAskedAbout(tabId: number): Promise<void> {
  await browser.storage.session.remove(keyOf(tabId));
}

function nameOf({ address }: { readonly address: string }): string {
  return address.toLowerCase();
}

async function asked(tabId: number): Promise<Asked> {
  const key = keyOf(tabId);
  const { [key]: stored } = await browser.storage.session.get(key);
  const parsed = v.safeParse(ASKED, stored);
  return parsed.success ? parsed.output : { recipients: [], from: 0 };
}
