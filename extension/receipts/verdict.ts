import type { ShownReceipt } from '../../shared/control/api.ts';
import type { Addition } from '../../shared/submission/policy.ts';
import type { MarkedRequirement } from '../../shared/submission/requirement.ts';
import type { OutcomeNote } from './outcome-notes.ts';
import type { SentMessage } from './sent-messages.ts';

/** So long an outcome that is unknown may still become known to the proxy. */
const UNKNOWN_MS = 15 * 60_000;

/** A receipt is written before its message has left the Outbox, and both take their time. */
const UNDER_WAY_MS = 2 * 60_000;

/**
 * What is to be done about a message.
 *
 * - `keep`: it is asked about again
 * - `settled`: nothing needs to be said, or only what a receipt says
 * - `unprotected`: it left, or may have, and the proxy does not know of it: said loudly
 */
export type Verdict =
  | { readonly kind: 'keep'; readonly note?: 'unknown'; readonly state?: SentMessage['state'] }
  | { readonly kind: 'settled'; readonly note?: 'refused' | 'not to be told' }
  | {
      readonly kind: 'unprotected';
      readonly note: Extract<OutcomeNote['kind'], 'never seen' | 'lost track' | 'other choice'>;
    };

/** What the proxy does for each choice, as its receipts call it. */
const ADDING = {
  required: 'REQUIRETLS',
  optional: 'TLS-Required: No',
} as const satisfies Record<MarkedRequirement, Addition>;

/**
 * Judges a message by its receipts.
 *
 * @param completeSince of messages before it receipts may have been deleted: their absence says nothing
 */
export function verdictOn(
  sent: SentMessage,
  receipts: readonly ShownReceipt[],
  { now, completeSince }: { readonly now: number; readonly completeSince: number },
): Verdict {
  const receipt = weightiestOf(sent, receipts);
  if (receipt === undefined) {
    const verdict = withoutReceipt(sent);
    const isTold = verdict.kind !== 'unprotected' || sent.time >= completeSince;
    return isTold ? verdict : { kind: 'settled', note: 'not to be told' };
  }
  if (!isAsAsked(sent, receipt)) return { kind: 'unprotected', note: 'other choice' };
  switch (receipt.outcome) {
    case 'relayed':
      return { kind: 'settled' };
    case 'awaited':
      return { kind: 'keep' };
    case 'refused':
      // Thunderbird cannot have sent here what was refused here: that was an earlier try.
      return sent.state === 'refused' || sent.state === 'told'
        ? { kind: 'settled', note: 'refused' }
        : withoutReceipt(sent);
    case 'unknown':
      return whileUnknown(sent, now);
  }
}

function withoutReceipt({ state }: SentMessage): Verdict {
  switch (state) {
    case 'sent':
      return { kind: 'unprotected', note: 'never seen' };
    case 'lost':
      return { kind: 'unprotected', note: 'lost track' };
    case 'gone':
    case 'let go':
    case 'outbox':
      return { kind: 'keep' };
    case 'refused':
    case 'told':
      // It is with the person, who was told so by Thunderbird.
      return { kind: 'settled' };
  }
}

function whileUnknown(sent: SentMessage, now: number): Verdict {
  const mayComeYet = now - sent.time < UNKNOWN_MS;
  switch (sent.state) {
    case 'refused':
      return { kind: 'keep', note: 'unknown', state: 'told' };
    case 'told':
      return { kind: mayComeYet ? 'keep' : 'settled' };
    case 'sent':
      return mayComeYet ? { kind: 'keep', note: 'unknown' } : LOST_TRACK;
    case 'lost':
      return LOST_TRACK;
    case 'gone':
    case 'let go':
    case 'outbox':
      return { kind: 'keep' };
  }
}

const LOST_TRACK = { kind: 'unprotected', note: 'lost track' } as const;

/** Of several tries the one that most may have come of: a later refusal takes back no delivery. */
const WEIGHTS = ['relayed', 'unknown', 'awaited', 'refused'] as const;

/**
 * The receipt that says what became of a message. One of the Outbox keeps its id when it is tried
 * again; what is older than its stay there was followed by another try.
 */
export function weightiestOf(
  { markerId, inOutbox = 0 }: SentMessage,
  receipts: readonly ShownReceipt[],
): ShownReceipt | undefined {
  return receipts
    .filter((receipt) => receipt.markerId === markerId)
    .filter(({ time }) => Date.parse(time) >= inOutbox - UNDER_WAY_MS)
    .toSorted((a, b) => WEIGHTS.indexOf(a.outcome) - WEIGHTS.indexOf(b.outcome))
    .at(0);
}

/** Whether what may have been delivered went as it was to. Another add-on may change a marker. */
function isAsAsked({ requirement }: SentMessage, receipt: ShownReceipt): boolean {
  if (requirement === undefined) return true;
  switch (receipt.outcome) {
    case 'refused':
    case 'awaited':
      return true;
    case 'unknown':
      return receipt.requirement === requirement;
    case 'relayed':
      return receipt.requirement === requirement && receipt.adding === ADDING[requirement];
  }
}
