import type { Readable } from 'node:stream';
import { LONGEST_MESSAGE_OCTETS } from './dns-message.ts';
import { NoAnswer } from './no-answer.ts';

/** RFC 8484 §6. */
export const MEDIA_TYPE = 'application/dns-message';

/** What of an answer of HTTP is looked at before its content. */
type Head = { readonly status: number | undefined; readonly type: string | undefined };

/**
 * A message of DNS out of an answer of HTTP of any version (RFC 8484 §4.2).
 *
 * @throws NoAnswer
 */
export async function contentOf(body: Readable, { status, type }: Head): Promise<Buffer> {
  if (status !== 200) throw new NoAnswer(whyNot(status), `HTTP status ${status}`);
  if (type?.split(';')[0]?.trim().toLowerCase() !== MEDIA_TYPE) {
    throw new NoAnswer('malformed', 'the resolver answers with something else than DNS');
  }
  const parts: Buffer[] = [];
  let octets = 0;
  for await (const part of body) {
    if (!Buffer.isBuffer(part)) throw new Error('a body was read as text');
    octets += part.length;
    if (octets > LONGEST_MESSAGE_OCTETS) throw new NoAnswer('malformed', 'an endless answer');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** With 4xx a server is well, and does not do what it is asked for at that address (RFC 9110 §15.5). */
function whyNot(status: number | undefined): 'refused' | 'server failure' {
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'server failure';
}
