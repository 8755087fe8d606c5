import { thunderbird } from '../thunderbird.ts';

/** Where copies of a message lie that was never sent. */
const UNSENT: readonly string[] = ['outbox', 'drafts', 'templates', 'trash'];

/**
 * Says what has become of a message that was to be sent later: it still waits in the Outbox, was
 * sent, which its copy shows, or there is none of it.
 *
 * Thunderbird tells no add-on of a message that leaves the Outbox (153; look again 2027-06).
 */
export async function fateInOutbox(messageId: string): Promise<'outbox' | 'sent' | 'gone'> {
  const { messages } = await thunderbird.messages.query({
    headerMessageId: messageId,
    autoPaginationTimeout: 0,
  });
  const uses = messages.map(({ folder }) => folder?.specialUse ?? []);
  if (uses.some((use) => use.includes('outbox'))) return 'outbox';
  const isSent = uses.some((use) => !use.some((one) => UNSENT.includes(one)));
  return isSent ? 'sent' : 'gone';
}
