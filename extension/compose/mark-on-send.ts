import type { MarkedRequirement } from '../../shared/submission/requirement.ts';
import { freshId } from '../base64url.ts';
import { questionBeforeSend } from '../forecast/ask-before-send.ts';
import { askPerson } from '../forecast/ask-person.ts';
import type { FailingQuestion } from '../forecast/failing-question.ts';
import { forgetLetGo, type LetGo, noteLetGo } from '../receipts/let-go.ts';
import { type BeforeSendAnswer, thunderbird } from '../thunderbird.ts';
import { TimeOver, withinTime } from '../time-limit.ts';
import { barredBy, type NotSent, tellNotSent } from './not-sent.ts';
import { withMarker } from './requirement-store.ts';
import { establishRequirement } from './restore-on-open.ts';
import { checkRoute, mayHaveChangedSince } from './route-check.ts';
import { noteSending, otherSendingSince } from './sending.ts';
import { identityOfWindow } from './sending-identity.ts';
import { knowledgeOf } from './window-knowledge.ts';
import { withWindowLocked } from './window-lock.ts';

/** Long enough to read a draft from a slow mail server, short enough to watch a locked window. */
const ANSWER_LIMIT_MS = 9_000;

/** The background page may have to start before it hears of a choice made in the popup. */
const CHOICE_LIMIT_MS = 2_000;
const CHOICE_POLL_MS = 50;

/** Kept of the time for asking who cannot receive it, once the way is known. */
const QUESTION_MS = 2_000;

type SendDecision =
  | {
      readonly kind: 'send';
      readonly details?: messenger.compose.ComposeDetails;
      /** What is to be found again at the proxy; undefined for a message without a marker. */
      readonly letGo?: LetGo;
    }
  | { readonly kind: 'cancel'; readonly notSent: NotSent }
  /** It could be sent, but not to everybody as the person wants it. */
  | { readonly kind: 'ask'; readonly question: FailingQuestion };

/**
 * Checks a window's requirement as its message is sent, and gives its marker a fresh id.
 *
 * A listener that rejects, or never answers, leaves the compose window locked for good
 * (Thunderbird 153; look again 2027-06), so this one always answers: whatever it cannot
 * promise, it cancels.
 */
export async function markOnSend(tab: messenger.tabs.Tab): Promise<BeforeSendAnswer> {
  const deadline = performance.now() + ANSWER_LIMIT_MS;
  const decision = await withinTime(ANSWER_LIMIT_MS, decideSend(tab.id, deadline)).catch(
    (cause: unknown): SendDecision => {
      console.error('Require TLS could not tell whether this message may leave', cause);
      const reason = cause instanceof TimeOver ? 'took too long' : 'failed';
      return { kind: 'cancel', notSent: { reason } };
    },
  );
  switch (decision.kind) {
    case 'send':
      return decision.details === undefined ? {} : { details: decision.details };
    case 'cancel':
      // Not awaited: Thunderbird unlocks the window, and its toolbar, only after our answer.
      void tellNotSent(tab, decision.notSent);
      return { cancel: true };
    case 'ask':
      void askPerson(tab, decision.question);
      return { cancel: true };
  }
}

async function decideSend(tabId: number | undefined, deadline: number): Promise<SendDecision> {
  if (tabId === undefined) return { kind: 'cancel', notSent: { reason: 'failed' } };

  await choiceWritten(tabId);
  return await withWindowLocked(tabId, async (lockedUntil) => {
    const until = Math.min(deadline, lockedUntil);
    const decision = await decideLocked(tabId, until);
    // It was cancelled already: what is noted now would be looked for in vain.
    if (performance.now() >= until) throw new TimeOver('Decided too late');
    if (decision.kind === 'send') await noteLeaving(tabId, decision.letGo);
    return decision;
  });
}

async function noteLeaving(tabId: number, letGo: LetGo | undefined): Promise<void> {
  await noteSending(tabId);
  await (letGo === undefined ? forgetLetGo(tabId) : noteLetGo(tabId, letGo));
}

/** Waits for a choice that a person has made already and whose writing has not begun. */
async function choiceWritten(tabId: number): Promise<void> {
  const giveUpAt = Date.now() + CHOICE_LIMIT_MS;
  while ((await knowledgeOf(tabId)) === 'choosing' && Date.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, CHOICE_POLL_MS));
  }
}

async function decideLocked(tabId: number, until: number): Promise<SendDecision> {
  const requirement = await establishRequirement(tabId);
  switch (requirement) {
    case 'default':
      return { kind: 'send' };
    case 'unreadable':
      return { kind: 'cancel', notSent: { reason: 'unreadable' } };
    case 'required':
    case 'optional':
      return await decideMarked(tabId, requirement, until);
  }
}

async function decideMarked(
  tabId: number,
  requirement: MarkedRequirement,
  until: number,
): Promise<SendDecision> {
  const identityId = await identityOfWindow(tabId);
  if (identityId === undefined) return { kind: 'cancel', notSent: { reason: 'failed' } };
  const checked = await checkRoute(identityId, until - QUESTION_MS);
  const notSent = barredBy(checked);
  if (notSent !== undefined) return { kind: 'cancel', notSent };
  const otherSince = await otherSendingSince(tabId);
  if (otherSince !== undefined && mayHaveChangedSince(checked, otherSince)) {
    return { kind: 'cancel', notSent: { reason: 'busy' } };
  }
  const question = requirement === 'required' ? await questionBeforeSend(tabId) : undefined;
  if (question !== undefined) return { kind: 'ask', question };

  // Read now, not taken from the event: a choice may have been written since.
  const details = await thunderbird.compose.getComposeDetails(tabId);
  if (details.identityId !== identityId) throw new Error('Another identity sends by now');
  if (goesToNewsgroup(details)) return { kind: 'cancel', notSent: { reason: 'newsgroup' } };
  const markerId = freshId();
  const customHeaders = withMarker(details.customHeaders ?? [], requirement, markerId);
  const letGo = { markerId, requirement, subject: details.subject ?? '' };
  return { kind: 'send', details: { customHeaders }, letGo };
}

/** News does not go through the outgoing server, but to a news server: in clear, marker and all. */
function goesToNewsgroup({ newsgroups }: messenger.compose.ComposeDetails): boolean {
  return [newsgroups ?? []].flat().some((newsgroup) => newsgroup.trim() !== '');
}
