import { takeReply, type SmtpReply } from '../../shared/submission/reply.ts';

/**
 * Reads a reply as nodemailer keeps it: decoded from UTF-8, lines joined with LF.
 *
 * @returns undefined when it is not exactly one reply (RFC 5321 §4.2)
 */
export function replyFromText(text: unknown): SmtpReply | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  const octets = Buffer.from(text, 'utf8').toString('latin1');
  const taken = takeReply(`${octets.replaceAll('\n', '\r\n')}\r\n`);
  return taken.kind === 'reply' && taken.rest === '' ? taken.reply : undefined;
}

/** The server's reply that a nodemailer error carries, if one does. */
export function replyFromLibrary(error: unknown): SmtpReply | undefined {
  const { response }: { response?: unknown } = Object(error);
  return replyFromText(response);
}
