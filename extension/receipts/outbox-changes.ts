import { LET_GO_MS, lookForSent } from './seen-by-proxy.ts';
import { changeSentMessages } from './sent-messages.ts';

type Messages = messenger.messages.MessageList;

/** By then Thunderbird has put the copy of what it has sent into its folder, and said what it says. */
const COPIED_MS = LET_GO_MS + 1_000;

/** Called when messages are deleted for good; those of the Outbox also when they have been sent. */
export async function lookOnDeleted({ messages }: Messages): Promise<void> {
  if (!messages.some(isInOutbox)) return;
  await new Promise((resolve) => setTimeout(resolve, COPIED_MS));
  await lookForSent();
  await lookForSent(); // what was nowhere by then, and is so still, is on no way to its folder
}

/** Called when messages are moved: the person does not want to send what goes to the trash. */
export async function forgetOnMoved(before: Messages, after: Messages): Promise<void> {
  if (!after.messages.every(({ folder }) => folder?.specialUse?.includes('trash'))) return;
  const unwanted = before.messages.filter(isInOutbox).map(({ headerMessageId }) => headerMessageId);
  if (unwanted.length === 0) return;
  await changeSentMessages((known) =>
    known.filter(({ messageId }) => messageId === undefined || !unwanted.includes(messageId)),
  );
}

function isInOutbox({ folder }: messenger.messages.MessageHeader): boolean {
  return folder?.specialUse?.includes('outbox') === true;
}
