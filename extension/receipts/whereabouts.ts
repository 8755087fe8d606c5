import { isMarkerName, parseMarkerValue } from '../../shared/submission/marker.ts';
import { thunderbird } from '../thunderbird.ts';
import type { SentMessage } from './sent-messages.ts';

type Copy = messenger.messages.MessageHeader;

/**
 * Where the copies of a message are.
 *
 * - `outbox`: it waits there
 * - `sent`: there is one as Thunderbird makes of what it has sent
 * - `unsent`: only one that was saved
 * - `gone`: none, or one in the trash. It was deleted, or it was sent and no copy is kept
 */
export type Whereabouts = {
  readonly place: 'outbox' | 'sent' | 'unsent' | 'gone';
  readonly messageId?: string;
};

/** Clocks of messages and of this page may differ a little. */
const EARLIER_MS = 60_000;
const LOOKED_AT = 200;

/**
 * Looks for a message in all folders. Thunderbird tells no add-on what happens to a message of the
 * Outbox when it is sent (153; look again 2027-06).
 */
export async function whereaboutsOf(sent: SentMessage): Promise<Whereabouts> {
  const copies =
    sent.messageId === undefined ? await withMarker(sent) : await withMessageId(sent.messageId);
  const messageId = copies[0]?.headerMessageId;
  return { place: placeOf(copies), ...(messageId ? { messageId } : {}) };
}

function placeOf(copies: readonly Copy[]): Whereabouts['place'] {
  const uses = copies.map(({ folder }) => folder?.specialUse ?? []);
  const some = (...places: readonly string[]): boolean =>
    uses.some((use) => use.some((one) => places.includes(one)));
  if (some('outbox')) return 'outbox';
  const elsewhere = ['drafts', 'templates', 'trash'];
  if (uses.some((use) => !use.some((one) => elsewhere.includes(one)))) return 'sent';
  return some('drafts', 'templates') ? 'unsent' : 'gone';
}

async function withMessageId(headerMessageId: string): Promise<readonly Copy[]> {
  const { messages } = await thunderbird.messages.query({
    headerMessageId,
    autoPaginationTimeout: 0,
  });
  return messages;
}

/** Finds it by what this extension has put on it, where Thunderbird has not told its Message-ID. */
async function withMarker({ markerId, time }: SentMessage): Promise<readonly Copy[]> {
  const { messages } = await thunderbird.messages.query({
    fromMe: true,
    fromDate: new Date(time - EARLIER_MS),
    messagesPerPage: LOOKED_AT,
    autoPaginationTimeout: 0,
  });
  const marked = await Promise.all(
    messages.map(async (message) => ((await markerIdOf(message.id)) === markerId ? [message] : [])),
  );
  return marked.flat();
}

async function markerIdOf(id: number): Promise<string | undefined> {
  const headers = await thunderbird.messages.getHeaders(id, { decodeHeaders: false });
  const value = Object.entries(headers).find(([name]) => isMarkerName(name))?.[1][0];
  return value === undefined ? undefined : parseMarkerValue(value)?.id;
}
