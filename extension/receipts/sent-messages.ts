import * as v from 'valibot';
import browser from 'webextension-polyfill';

const MARKER_ID = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));

/** A marked message that this extension has let go, until its outcome is known. */
const SENT_MESSAGE = v.strictObject({
  markerId: MARKER_ID,
  /** What was asked, unless nobody has noted it. */
  requirement: v.optional(v.picklist(['required', 'optional'])),
  subject: v.string(),
  /** When it was let go, in milliseconds since 1970. */
  time: v.number(),
  /** The window it was let go from (`window-name.ts`). */
  window: v.optional(v.string()),
  /** Without `<` and `>`; Thunderbird does not tell it of every message. */
  messageId: v.optional(v.string()),
  /** When it was last seen in the Outbox. */
  inOutbox: v.optional(v.number()),
  /**
   * - `let go`: nothing was heard of it since
   * - `sent`: Thunderbird says so, or has a copy that it makes of what was sent
   * - `refused`: Thunderbird could not send it, and has told the person
   * - `outbox`: it is sent later; no event tells when
   * - `gone`, `lost`: the last time, or twice, it was in no folder but the trash
   * - `told`: the person was told that its outcome is unknown; the answer may still come
   */
  state: v.picklist(['let go', 'sent', 'refused', 'outbox', 'gone', 'lost', 'told']),
});
export type SentMessage = v.InferOutput<typeof SENT_MESSAGE>;

const KEY = 'sentMessages';
const KEPT_MESSAGES = 200;
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** All that are not settled, the oldest first. */
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

/** Takes out of the storage what is too old to be looked for. */
export async function dropOldSentMessages(): Promise<void> {
  await changeSentMessages((known) => known);
}

/** Changes what is known, one change at a time. */
export async function changeSentMessages(
  changed: (known: readonly SentMessage[]) => readonly SentMessage[],
): Promise<void> {
  await navigator.locks.request(KEY, async () => {
    const kept = changed(await sentMessages()).slice(-KEPT_MESSAGES);
    await browser.storage.local.set({ [KEY]: kept });
  });
}

/** Replaces what is known of one message; `settled` is forgotten. */
export async function updateSentMessage(
  markerId: string,
  found: Partial<SentMessage> | 'settled',
): Promise<void> {
  await changeSentMessages((known) =>
    known.flatMap((sent) => {
      if (sent.markerId !== markerId) return [sent];
      return found === 'settled' ? [] : [{ ...sent, ...found }];
    }),
  );
}
