import { isMarkerName, parseMarkerValue } from '../../shared/submission/marker.ts';
import type { MarkedRequirement } from '../../shared/submission/requirement.ts';
import { changeSentMessages, type SentMessage } from './sent-messages.ts';
import { windowName } from './window-name.ts';

/** What `compose.onAfterSend` tells. */
export type SendInfo = {
  readonly mode: 'sendNow' | 'sendLater';
  /** Of a message that was sent now, and null when it was not. */
  readonly headerMessageId?: string | null | undefined;
  readonly messages?: readonly messenger.messages.MessageHeader[];
  /** Missing when Thunderbird could not even prepare the message. */
  readonly details?: messenger.compose.ComposeDetails;
};

/** A message that may leave with a marker. */
export type LetGo = {
  readonly markerId: string;
  readonly requirement: MarkedRequirement;
  readonly subject: string;
};

/**
 * Notes, before a message may leave, what is on it. What is on it afterwards proves nothing: another
 * add-on may take the marker off after us, and not of every message does Thunderbird say that it
 * was sent. An earlier try from the same window is over.
 */
export async function noteLetGo(tabId: number, letGo: LetGo): Promise<void> {
  const window = await windowName(tabId);
  await changeSentMessages((known) => [
    ...known.filter((sent) => !isWaitingIn(window, sent)),
    { ...letGo, window, time: Date.now(), state: 'let go' },
  ]);
}

/** Called when a window's message leaves unmarked. */
export async function forgetLetGo(tabId: number): Promise<void> {
  const window = await windowName(tabId);
  await changeSentMessages((known) => known.filter((sent) => !isWaitingIn(window, sent)));
}

/** Notes what Thunderbird says became of the message that was let go from a window. */
export async function noteAfterSend(tabId: number | undefined, info: SendInfo): Promise<void> {
  const window = tabId === undefined ? undefined : await windowName(tabId);
  const messageId = info.headerMessageId ?? info.messages?.[0]?.headerMessageId;
  const heard = {
    ...(messageId ? { messageId } : {}),
    state: stateAfter(info),
  };
  await changeSentMessages((known) => {
    const waiting = known.find((sent) => window !== undefined && isWaitingIn(window, sent));
    if (waiting !== undefined) {
      return known.map((sent) => (sent === waiting ? { ...sent, ...heard } : sent));
    }
    // Nothing is noted of a message that was let go by an earlier version of this extension.
    const markerId = markerIdIn(info.details);
    if (markerId === undefined || known.some((sent) => sent.markerId === markerId)) return known;
    const subject = info.details?.subject ?? '';
    return [...known, { markerId, subject, time: Date.now(), ...heard }];
  });
}

function isWaitingIn(window: string, sent: SentMessage): boolean {
  return sent.state === 'let go' && sent.window === window;
}

function stateAfter({ mode, headerMessageId }: SendInfo): SentMessage['state'] {
  if (mode === 'sendLater') return 'outbox';
  return headerMessageId ? 'sent' : 'refused';
}

function markerIdIn(details: messenger.compose.ComposeDetails | undefined): string | undefined {
  const marker = details?.customHeaders?.find(({ name }) => isMarkerName(name));
  return marker === undefined ? undefined : parseMarkerValue(marker.value)?.id;
}
