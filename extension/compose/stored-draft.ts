import { thunderbird } from '../thunderbird.ts';

type Details = messenger.compose.ComposeDetails;
type Message = messenger.messages.MessageHeader;

/** Where a message lies that opens as a draft again. */
const FOLDERS = ['drafts', 'outbox'] as const;

/** What a message says in place of its subject when that is encrypted too. */
const ENCRYPTED_SUBJECT = '...';

/**
 * Finds the stored messages that may be the draft a window shows.
 *
 * A window names a related message, but for a draft that is the message the draft is about: the
 * one it answers, its template, or its own first version, which was deleted when it was saved
 * again (Thunderbird 153; look again 2027-06). So it is looked for by what it says. The author is
 * not compared: a window whose identity is gone takes another one. One message too many does
 * no harm, since the caller believes them only when they agree; one too few could.
 */
export async function candidatesForDraft(details: Details): Promise<readonly Message[]> {
  const found: Message[] = [];
  for await (const message of storedDrafts()) {
    if (mayBe(message, details)) found.push(message);
  }
  return found;
}

async function* storedDrafts(): AsyncGenerator<Message> {
  const folders = await Promise.all(
    FOLDERS.map((use) => thunderbird.folders.query({ specialUse: [use] })),
  );
  const folderId = folders.flat().flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (folderId.length === 0) return; // a query of no folder searches all of them

  let page = await thunderbird.messages.query({ folderId, autoPaginationTimeout: 0 });
  yield* page.messages;
  while (page.id) {
    page = await thunderbird.messages.continueList(page.id);
    yield* page.messages;
  }
}

/** Says whether a stored message has the subject and the recipients that a window shows. */
function mayBe(stored: Message, shown: Details): boolean {
  return (
    sameSubject(withoutGaps(stored.subject), withoutGaps(shown.subject ?? '')) &&
    addressesIn(stored.recipients) === addressesIn(shown.to) &&
    addressesIn(stored.ccList) === addressesIn(shown.cc)
  );
}

/** Thunderbird tells a stored subject without the `Re:` before it, in whatever language. */
function sameSubject(stored: string, shown: string): boolean {
  if (stored === shown || stored === ENCRYPTED_SUBJECT) return true;
  if (!shown.endsWith(stored)) return false;
  return shown
    .slice(0, shown.length - stored.length)
    .trimEnd()
    .endsWith(':');
}

function withoutGaps(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Addresses in one comparable text, without names and in no order. */
function addressesIn(recipients: Details['to']): string {
  const list = recipients === undefined || Array.isArray(recipients) ? recipients : [recipients];
  const addresses = (list ?? []).map((recipient) => {
    if (typeof recipient !== 'string') return recipient.id;
    return (/<([^<>]*)>\s*$/.exec(recipient)?.[1] ?? recipient).trim().toLowerCase();
  });
  return addresses
    .filter((address) => address !== '')
    .toSorted()
    .join(' ');
}
