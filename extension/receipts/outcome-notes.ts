import * as v from 'valibot';
import browser from 'webextension-polyfill';

/**
 * What became of a message that did not go as it should.
 *
 * - `never seen`: Thunderbird says it was sent, and the proxy has no record of it
 * - `lost track`: it may have been sent, and the proxy cannot confirm it
 * - `not to be told`: Thunderbird says it was sent, and receipts of that time were deleted
 * - `other choice`: the proxy handed it on with another choice than the person's
 * - `refused`, `unknown`: what its receipt says
 */
const NOTE = v.strictObject({
  kind: v.picklist([
    'never seen',
    'lost track',
    'not to be told',
    'other choice',
    'refused',
    'unknown',
  ]),
  markerId: v.string(),
  subject: v.string(),
  /** When it was sent, in milliseconds since 1970. */
  time: v.number(),
  /** The submission server, and what it said, where a receipt tells. */
  server: v.optional(v.string()),
  reply: v.optional(v.string()),
});
export type OutcomeNote = v.InferOutput<typeof NOTE>;

const KEY = 'not-relayed';
const KEPT_NOTES = 20;
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** What the person has not been told, or has not put aside; those that went unprotected first. */
export async function outcomeNotes(): Promise<readonly OutcomeNote[]> {
  const { [KEY]: stored } = await browser.storage.local.get(KEY);
  return Array.isArray(stored)
    ? stored.flatMap((one) => {
        const parsed = v.safeParse(NOTE, one);
        return parsed.success && Date.now() - parsed.output.time < KEPT_MS ? [parsed.output] : [];
      })
    : [];
}

/** Whether the message left, and not as it was to: that is told until the person has read it. */
function isUnprotected({ kind }: OutcomeNote): boolean {
  return kind === 'never seen' || kind === 'lost track' || kind === 'other choice';
}

/** Of unprotected messages the latest are kept; of the others only what is said of the latest message. */
export async function addOutcomeNote(note: OutcomeNote): Promise<void> {
  await change((notes) => {
    const others = notes.filter(({ markerId }) => markerId !== note.markerId);
    return isUnprotected(note) ? [note, ...others] : [...others.filter(isUnprotected), note];
  });
}

/** Called when a message was relayed: it is the latest, and nothing needs to be said about it. */
export async function dropLatestOutcome(): Promise<void> {
  await change((notes) => notes.filter(isUnprotected));
}

/** Takes out of the storage what is too old to be told. */
export async function dropOldOutcomeNotes(): Promise<void> {
  await change((notes) => notes);
}

/** Called when the person has read it. */
export async function putAsideOutcomeNote(markerId: string): Promise<void> {
  await change((notes) => notes.filter((note) => note.markerId !== markerId));
}

async function change(
  changed: (notes: readonly OutcomeNote[]) => readonly OutcomeNote[],
): Promise<void> {
  await navigator.locks.request(KEY, async () => {
    const notes = changed(await outcomeNotes()).slice(0, KEPT_NOTES);
    await browser.storage.local.set({ [KEY]: notes });
  });
}
