import type { ShownReceipt } from '../../shared/control/api.ts';
import { isMarkerName, parseMarkerValue } from '../../shared/submission/marker.ts';
import type { Addition } from '../../shared/submission/policy.ts';
import type { MarkedRequirement } from '../../shared/submission/requirement.ts';
import { askProxy } from '../proxy-client.ts';
import { fateInOutbox } from './outbox.ts';
import { addOutcomeNote, dropLatestOutcome, type OutcomeNote } from './outcome-notes.ts';
import { takeMarked } from './marked-messages.ts';
import { tellUnprotected } from './unprotected.ts';
import {
  addSentMessage,
  type SentMessage,
  sentMessages,
  updateSentMessages,
} from './sent-messages.ts';

/** The proxy writes its receipt before the message's last octet leaves, so it need not be waited for. */
const ASKED_TIMES = 3;
const ASKED_AGAIN_MS = 2_000;

/** So long an outcome that is unknown may still become known to the proxy. */
const UNKNOWN_MS = 15 * 60_000;

/** More are asked about the next time. */
const ASKED_AT_ONCE = 100;

/** What `compose.onAfterSend` tells. */
export type SendInfo = {
  readonly mode: 'sendNow' | 'sendLater';
  /** Of a message that was sent now, and null when it was not. */
  readonly headerMessageId?: string | null | undefined;
  readonly messages?: readonly messenger.messages.MessageHeader[];
  /** Missing when Thunderbird could not even prepare the message. */
  readonly details?: messenger.compose.ComposeDetails;
};

/** Called when Thunderbird has sent a message, or could not: what the proxy saw of it is asked then. */
export async function lookAfterSend(
  { id }: { readonly id?: number | undefined },
  info: SendInfo,
): Promise<void> {
  const marked = id === undefined ? undefined : await takeMarked(id);
  const markerId = marked?.markerId ?? markerIdIn(info.details);
  if (markerId === undefined) return;
  const messageId = info.headerMessageId ?? info.messages?.[0]?.headerMessageId;
  await addSentMessage({
    markerId,
    ...(marked ? { requirement: marked.requirement } : {}),
    subject: marked?.subject ?? info.details?.subject ?? '',
    time: Date.now(),
    ...(messageId ? { messageId } : {}),
    state: info.mode === 'sendLater' ? 'outbox' : info.headerMessageId ? 'sent' : 'refused',
  });
  if (info.mode === 'sendNow') await lookForSent();
}

/** What Thunderbird says was on the message, where nothing is noted of it any more. */
function markerIdIn(details: messenger.compose.ComposeDetails | undefined): string | undefined {
  const marker = details?.customHeaders?.find(({ name }) => isMarkerName(name));
  return marker === undefined ? undefined : parseMarkerValue(marker.value)?.id;
}

/**
 * Asks the proxy what became of the messages that Thunderbird has sent, and tells the person what
 * did not go as it should. Called after a Send, at start and every hour.
 */
export async function lookForSent(): Promise<void> {
  await navigator.locks.request('look-for-sent', async () => {
    await lookIntoOutbox();
    let unseen: readonly SentMessage[] = [];
    for (let times = 1; times <= ASKED_TIMES; times += 1) {
      unseen = await settleSeen();
      if (unseen.length === 0) return;
      if (times < ASKED_TIMES) await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN_MS));
    }
    for (const { markerId, subject, time } of unseen) {
      await announce({ kind: 'never seen', markerId, subject, time });
    }
  });
}

/** Finds out which of the messages to be sent later have been. */
async function lookIntoOutbox(): Promise<void> {
  const states = new Map<string, SentMessage['state'] | 'settled'>();
  for (const { markerId, messageId, state } of await sentMessages()) {
    if (state !== 'outbox' && state !== 'gone') continue;
    if (messageId === undefined) {
      states.set(markerId, 'gone'); // it cannot be looked for; the proxy may still know of it
      continue;
    }
    const fate = await fateInOutbox(messageId).catch((cause: unknown) => {
      console.info('A message in the Outbox cannot be looked for now', cause);
      return state;
    });
    if (fate === state && state === 'outbox') continue;
    // Between the Outbox and the folder of its copy it is nowhere for a moment.
    states.set(markerId, fate === 'gone' && state === 'gone' ? 'settled' : fate);
  }
  await updateSentMessages(states);
}

/**
 * Settles the messages that the proxy has receipts of.
 *
 * @returns those that Thunderbird has sent and the proxy says it has not seen; none when the proxy
 *   does not answer, which says nothing about them
 */
async function settleSeen(): Promise<readonly SentMessage[]> {
  const asked = (await sentMessages())
    .filter(({ state }) => state !== 'outbox')
    .slice(0, ASKED_AT_ONCE);
  if (asked.length === 0) return [];
  const answered = await askProxy({
    ask: 'outcomes',
    markerIds: asked.map(({ markerId }) => markerId),
  });
  if ('no' in answered) return [];

  const states = new Map<string, SentMessage['state'] | 'settled'>();
  const unseen: SentMessage[] = [];
  for (const sent of asked) {
    const receipt = latestOf(sent.markerId, answered.answer.receipts);
    if (receipt !== undefined) states.set(sent.markerId, await settle(sent, receipt));
    // One that Thunderbird could not send, and that never reached the proxy, is with the person.
    else if (sent.state === 'sent') unseen.push(sent);
    else if (sent.state !== 'gone') states.set(sent.markerId, 'settled');
  }
  await updateSentMessages(states);
  return unseen;
}

/** A message in the Outbox is tried again with the same id: the last time counts. */
function latestOf(markerId: string, receipts: readonly ShownReceipt[]): ShownReceipt | undefined {
  return receipts
    .filter((receipt) => receipt.markerId === markerId)
    .toSorted((a, b) => a.time.localeCompare(b.time))
    .at(-1);
}

async function settle(
  sent: SentMessage,
  receipt: ShownReceipt,
): Promise<SentMessage['state'] | 'settled'> {
  const { markerId, subject, time } = sent;
  const { outcome, server, reply } = receipt;
  if (!isAsAsked(sent, receipt)) {
    await announce({ kind: 'other choice', markerId, subject, time, server });
    return 'settled';
  }
  switch (outcome) {
    case 'relayed':
      await dropLatestOutcome();
      return 'settled';
    case 'awaited':
      return sent.state;
    case 'refused':
      await addOutcomeNote({ kind: 'refused', markerId, subject, time, server, ...saidIn(reply) });
      return 'settled';
    case 'unknown':
      if (sent.state !== 'told') {
        await addOutcomeNote({ kind: 'unknown', markerId, subject, time, server });
      }
      return Date.now() - time < UNKNOWN_MS ? 'told' : 'settled';
  }
}

/** What the proxy does for each choice, as its receipts call it. */
const ADDING = {
  required: 'REQUIRETLS',
  optional: 'TLS-Required: No',
} as const satisfies Record<MarkedRequirement, Addition>;

/** Whether a message that may have been delivered went as it was to. Another add-on may change a marker. */
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

function saidIn(reply: ShownReceipt['reply']): { readonly reply?: string } {
  return reply === undefined ? {} : { reply: reply.text };
}

async function announce(note: OutcomeNote): Promise<void> {
  await addOutcomeNote(note);
  await updateSentMessages(new Map([[note.markerId, 'settled']]));
  await tellUnprotected(note);
}
