import * as v from 'valibot';
import browser from 'webextension-polyfill';

/** A marked message that Thunderbird has taken, until its outcome is known. */
const SENT_MESSAGE = v.strictObject({
  markerId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  /** What was asked; a message of an extension that was updated meanwhile may not say. */
  requirement: v.optional(v.picklist(['required', 'optional'])),
  subject: v.string(),
  /** In milliseconds since 1970. */
  time: v.number(),
  /** Without `<` and `>`; Thunderbird does not tell it of every message. */
  messageId: v.optional(v.string()),
  /**
   * - `sent`: Thunderbird says so
   * - `refused`: Thunderbird could not send it, and has told the person
   * - `outbox`: it is sent later; no event tells when
   * - `gone`: it was in the Outbox, and the last time in no folder any more
   * - `told`: the person was told that its outcome is unknown; the answer may still come
   */
  state: v.picklist(['sent', 'refused', 'outbox', 'gone', 'told']),
});
export type SentMessage = v.InferOutput<typeof SENT_MESSAGE>;

const KEY = 'sentMessages';
const KEPT_MESSAGES = 200;
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** All that the proxy is still to be asked about, the oldest first. */
export async function sentMessages(): Promise<readonly SentMessage[]> {
  const { [KEY]: stored } = await browser.storage.local.get(KEY);
  if (!Array.isArray(stored)) return [];
  return stored
    .flatMap((one) => {
      const parsed = v.safeParse(SENT_MESSAGE, one);
      return parsed.success ? [parsed.output] : [];
    })
    .filter(({ time }) => Date.now() - time < KEPT_MS);
}

export async function addSentMessage(sent: SentMessage): Promise<void> {
  await change((known) => [...known, sent]);
}

/** Notes what was found out; what is settled is forgotten. */
export async function updateSentMessages(
  states: ReadonlyMap<string, SentMessage['state'] | 'settled'>,
): Promise<void> {
  await change((known) =>
    known.flatMap((sent) => {
      const state = states.get(sent.markerId) ?? sent.state;
      return state === 'settled' ? [] : [{ ...sent, state }];
    }),
  );
}

async function change(
  changed: (known: readonly SentMessage[]) => readonly SentMessage[],
): Promise<void> {
  await navigator.locks.request(KEY, async () => {
    const kept = changed(await sentMessages()).slice(-KEPT_MESSAGES);
    await browser.storage.local.set({ [KEY]: kept });
  });
}
