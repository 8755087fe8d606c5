import { isMarkerName } from '../../shared/submission/marker.ts';
import { thunderbird } from '../thunderbird.ts';
import { withinTime } from '../time-limit.ts';
import { requirementFrom, type WindowRequirement } from './requirement-store.ts';

/** A draft on a mail server that does not answer must not hold the window for longer. */
const READ_LIMIT_MS = 5_000;

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
    case 'new': // templates and "edit as new" too
    case undefined:
      break;
  }
  if (typeof details.relatedMessageId !== 'number') {
    // Extensions are not shown a draft that lies in a file, so nobody can tell what it asks for.
    return details.type === 'draft' ? 'unreadable' : 'default';
  }
  return requirementFrom(await markerValuesOf(details.relatedMessageId));
}

/** The values of a stored message's marker fields, as they were written. */
async function markerValuesOf(messageId: number): Promise<readonly string[]> {
  const headers = await withinTime(
    READ_LIMIT_MS,
    // Undecoded: an encoded word that spells "Yes" is not a marker, and the proxy refuses it too.
    thunderbird.messages.getHeaders(messageId, { decodeHeaders: false }),
  );
  return Object.entries(headers)
    .filter(([name]) => isMarkerName(name))
    .flatMap(([, values]) => values);
}
