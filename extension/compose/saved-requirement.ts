import { isMarkerName } from '../../shared/submission/marker.ts';
import { thunderbird } from '../thunderbird.ts';
import { withinTime } from '../time-limit.ts';
import { requirementFrom, type WindowRequirement } from './requirement-store.ts';
import { candidatesForDraft } from './stored-draft.ts';

/** A draft on a mail server that does not answer must not hold the window for longer. */
const READ_LIMIT_MS = 5_000;

/** Folders that only the person's own messages lie in. */
const OWN_FOLDERS: readonly string[] = ['drafts', 'templates', 'sent', 'outbox'];

/**
 * Says what the draft or template asks for from which a window was opened; `default` when there
 * is none.
 *
 * @throws Error when it cannot be read
 */
export async function savedRequirement(
  details: messenger.compose.ComposeDetails,
): Promise<WindowRequirement> {
  switch (details.type) {
    case 'reply':
    case 'forward':
    case 'redirect':
      // What the related message asked for ended with its delivery.
      return 'default';
    case 'draft':
      return await withinTime(READ_LIMIT_MS, requirementOfDraft(details));
    case 'new': // templates and "edit as new" too
    case undefined:
      return typeof details.relatedMessageId === 'number'
        ? await withinTime(READ_LIMIT_MS, requirementOfOriginal(details.relatedMessageId))
        : 'default';
  }
}

/** `unreadable` when no stored message can be the draft, or those that can do not agree. */
async function requirementOfDraft(
  details: messenger.compose.ComposeDetails,
): Promise<WindowRequirement> {
  const candidates = await candidatesForDraft(details);
  const asked = new Set(await Promise.all(candidates.map(({ id }) => requirementOf(id))));
  const [requirement, ...others] = asked;
  return requirement === undefined || others.length > 0 ? 'unreadable' : requirement;
}

/**
 * What a template or a message edited as new asks for. A stranger's message must not switch the
 * protection off that others ask for: "deliver anyway" is believed of the person's own only.
 */
async function requirementOfOriginal(messageId: number): Promise<WindowRequirement> {
  const requirement = await requirementOf(messageId);
  return requirement === 'optional' && !(await isOwn(messageId)) ? 'default' : requirement;
}

async function isOwn(messageId: number): Promise<boolean> {
  const { author, folder } = await thunderbird.messages.get(messageId);
  if (!folder?.specialUse?.some((use) => OWN_FOLDERS.includes(use))) return false;
  const address = (/<([^<>]*)>\s*$/.exec(author)?.[1] ?? author).trim().toLowerCase();
  const identities = await thunderbird.identities.list();
  return identities.some(({ email }) => email?.toLowerCase() === address);
}

/** Says what a stored message asks for, by its marker fields as they were written. */
export async function requirementOf(messageId: number): Promise<WindowRequirement> {
  // Undecoded: an encoded word that spells "Yes" is not a marker, and the proxy refuses it too.
  const headers = await thunderbird.messages.getHeaders(messageId, { decodeHeaders: false });
  const values = Object.entries(headers)
    .filter(([name]) => isMarkerName(name))
    .flatMap(([, value]) => value);
  return requirementFrom(values);
}
