import type { ShownReceipt } from '../../shared/control/api.ts';
import { askProxy } from '../proxy-client.ts';
import { noteAfterSend, type SendInfo } from './let-go.ts';
import {
  addOutcomeNote,
  dropLatestOutcome,
  dropOldOutcomeNotes,
  type OutcomeNote,
} from './outcome-notes.ts';
import {
  dropOldSentMessages,
  type SentMessage,
  sentMessages,
  updateSentMessage,
} from './sent-messages.ts';
import { tellUnprotected } from './unprotected.ts';
import { weightiestOf, type Verdict, verdictOn } from './verdict.ts';
import { type Whereabouts, whereaboutsOf } from './whereabouts.ts';
import { lookSoon } from './look-soon.ts';
import { isWindowOpen } from './window-name.ts';

/** The proxy writes its receipt before the message's last octet leaves, so it need not be waited for. */
const ASKED_TIMES = 3;
const ASKED_AGAIN_MS = 2_000;

/** More are asked about the next time. */
const ASKED_AT_ONCE = 100;

/** So long Thunderbird has to say what became of a message whose window is closed. */
export const LET_GO_MS = 15_000;

/** Called when Thunderbird has sent a message, or could not: what the proxy saw of it is asked then. */
export async function lookAfterSend(
  { id }: { readonly id?: number | undefined },
  info: SendInfo,
): Promise<void> {
  await noteAfterSend(id, info);
  if (info.mode === 'sendNow') await lookForSent();
}

/**
 * Asks the proxy what became of the messages that this extension has let go, and tells the person
 * what did not go as it should. Called after a Send, when the Outbox changes, at start and hourly.
 */
export async function lookForSent(): Promise<void> {
  await navigator.locks.request('look-for-sent', async () => {
    await Promise.all([dropOldSentMessages(), dropOldOutcomeNotes()]);
    await findWhereabouts();
    await lookAgainForGone();
    for (let times = 1; times <= ASKED_TIMES; times += 1) {
      const isLast = times === ASKED_TIMES;
      if ((await askForOutcomes(isLast)) === 'all is told') return;
      if (!isLast) await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN_MS));
    }
  });
}

/** Finds out what has become of those of which Thunderbird says nothing. */
async function findWhereabouts(): Promise<void> {
  for (const sent of await sentMessages()) {
    if (!(await isToBeFound(sent))) continue;
    try {
      await updateSentMessage(sent.markerId, foundAt(sent, await whereaboutsOf(sent)));
    } catch (cause) {
      console.info('A message cannot be looked for now', cause);
    }
  }
}

/** What is nowhere is looked for once more, and soon: then it is told. */
async function lookAgainForGone(): Promise<void> {
  const isGone = (await sentMessages()).some(({ state }) => state === 'gone');
  if (isGone) await lookSoon();
}

async function isToBeFound({ state, window, time }: SentMessage): Promise<boolean> {
  switch (state) {
    case 'outbox':
    case 'gone':
      return true;
    case 'let go':
      // An open window may hold it still: another add-on, or a question, keeps it back.
      return (
        Date.now() - time > LET_GO_MS && !(window !== undefined && (await isWindowOpen(window)))
      );
    case 'sent':
    case 'refused':
    case 'lost':
    case 'told':
      return false;
  }
}

function foundAt(
  sent: SentMessage,
  { place, messageId }: Whereabouts,
): Partial<SentMessage> | 'settled' {
  const known = messageId === undefined ? {} : { messageId };
  switch (place) {
    case 'outbox':
      return { ...known, state: 'outbox', inOutbox: Date.now() };
    case 'sent':
      return { ...known, state: 'sent' };
    case 'unsent':
      // Of one that has been in the Outbox a saved copy says nothing: another program may keep it.
      if (sent.state === 'let go') return 'settled';
      return { state: sent.state === 'gone' ? 'lost' : 'gone' };
    case 'gone':
      // Between the Outbox and the folder of its copy it is nowhere for a moment.
      return { state: sent.state === 'gone' ? 'lost' : 'gone' };
  }
}

/**
 * Asks for receipts and does what they say. What the proxy does not know of is told the last time
 * only; a proxy that does not answer says nothing about it.
 */
async function askForOutcomes(isLast: boolean): Promise<'all is told' | 'some are not seen'> {
  const asked = (await sentMessages())
    .filter(({ state }) => state !== 'outbox' && state !== 'let go')
    .slice(0, ASKED_AT_ONCE);
  if (asked.length === 0) return 'all is told';
  const answered = await askProxy({
    ask: 'outcomes',
    markerIds: asked.map(({ markerId }) => markerId),
  });
  if ('no' in answered) return 'all is told';

  const { receipts, completeSince } = answered.answer;
  const known = { now: Date.now(), completeSince: Date.parse(completeSince ?? '') || 0 };
  let unseen = 0;
  for (const sent of asked) {
    const verdict = verdictOn(sent, receipts, known);
    const isUnseen = verdict.kind === 'unprotected' && verdict.note !== 'other choice';
    if (isUnseen && !isLast) unseen += 1;
    else await settle(sent, verdict, receipts);
  }
  return unseen === 0 ? 'all is told' : 'some are not seen';
}

async function settle(
  sent: SentMessage,
  verdict: Verdict,
  receipts: readonly ShownReceipt[],
): Promise<void> {
  const { markerId, subject, time } = sent;
  const receipt = weightiestOf(sent, receipts);
  const server = receipt === undefined ? {} : { server: receipt.server };
  const reply = receipt?.reply === undefined ? {} : { reply: receipt.reply.text };
  const note = (kind: OutcomeNote['kind']): OutcomeNote => {
    return { kind, markerId, subject, time, ...server, ...reply };
  };
  switch (verdict.kind) {
    case 'keep':
      if (verdict.note !== undefined) await addOutcomeNote(note(verdict.note));
      if (verdict.state !== undefined) await updateSentMessage(markerId, { state: verdict.state });
      return;
    case 'settled':
      if (verdict.note !== undefined) await addOutcomeNote(note(verdict.note));
      else if (receipt?.outcome === 'relayed') await dropLatestOutcome();
      await updateSentMessage(markerId, 'settled');
      return;
    case 'unprotected':
      await addOutcomeNote(note(verdict.note));
      await updateSentMessage(markerId, 'settled');
      await tellUnprotected(note(verdict.note));
  }
}
