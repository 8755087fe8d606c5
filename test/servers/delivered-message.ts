/** `Name: value` with its continuation lines. */
const FIELD = (name: string, value: string) => `${name}: ${value}.*\\n(?:[ \\t].*\\n)*`;

/** Dovecot's own line of the way, below that of the Postfix to which it hands the message. */
const ADDED_BY_DOVECOT = 'Received: from .*\\n\\tby \\S+ with ESMTPSA\\n(?:\\t.*\\n)+';

/** What Postfix and Exim put above the first line of a message that they deliver. */
const ADDED_BY_POSTFIX =
  FIELD('Return-Path', '<') +
  FIELD('X-Original-To', '') +
  FIELD('Delivered-To', '') +
  FIELD('Received', 'from ') +
  `(?:${ADDED_BY_DOVECOT})?`;
const ADDED_BY_EXIM = FIELD('Received', 'from ');

const ADDED = new RegExp(`^(?:${ADDED_BY_POSTFIX}|${ADDED_BY_EXIM})`);

/**
 * The message as the server received it: without the fields that the server itself put on top,
 * and with the line ends of the wire instead of the disk's.
 *
 * What a server adds elsewhere stays: Postfix 3.11 writes `Require-TLS-ESMTP: yes` below the
 * last field of a message that it got with REQUIRETLS.
 *
 * @throws Error when there is no message, or when the fields on top are not the known ones
 */
export function asReceived(delivered: Buffer | undefined): Buffer {
  if (delivered === undefined) throw new Error('no message was delivered');
  const text = delivered.toString('latin1');
  const [added] = ADDED.exec(text) ?? [];
  if (added === undefined) throw new Error(`unknown trace fields: ${text.slice(0, 500)}`);
  return Buffer.from(text.slice(added.length).replaceAll('\n', '\r\n'), 'latin1');
}
