import { passedMechanisms, type EhloKeywords } from './ehlo.ts';
import { loginMalformed, mechanismNotOffered } from './refusals.ts';
import type { SmtpReply } from './reply.ts';

/** RFC 4954 §4: the longest line of a login, without its CRLF. */
const MAX_LOGIN_LINE_OCTETS = 12_288 - '\r\n'.length;

/** RFC 4648 §4; `=` alone is an empty initial response (RFC 4954 §4). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export type LoginLine =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply };

/** The submission server by name, and what it offers. */
type Server = { readonly host: string; readonly keywords: EhloKeywords };

/**
 * Reads an AUTH command (RFC 4954 §4) to be passed on as it is. What is in it is between the
 * mail program and the submission server; here only its grammar counts, for a bare CR in it would
 * be a second command to some servers.
 */
export function loginCommand(command: string, server: Server): LoginLine {
  const [, mechanism = '', initial = ''] =
    /^AUTH +([A-Za-z0-9_-]{1,20})(?: +([^ ]+))? *$/i.exec(command) ?? [];
  const isWell = mechanism !== '' && (initial === '=' || BASE64.test(initial));
  if (!isWell || command.length > MAX_LOGIN_LINE_OCTETS) {
    return { kind: 'refuse', reply: loginMalformed() };
  }
  if (!passedMechanisms(server.keywords).some((passed) => passed === mechanism.toUpperCase())) {
    return { kind: 'refuse', reply: mechanismNotOffered(server.host) };
  }
  return { kind: 'line', line: ['AUTH', mechanism.toUpperCase(), initial].join(' ').trimEnd() };
}

/**
 * Reads the mail program's answer to a challenge.
 *
 * @returns `*`, which ends the login, for what is none: the server says so itself
 */
export function loginResponse(line: string): string {
  return line.length <= MAX_LOGIN_LINE_OCTETS && BASE64.test(line) ? line : '*';
}

/** Whether a 334 carries what a mail program may be shown as a challenge: one line of base64. */
export function isChallenge({ code, lines }: SmtpReply): boolean {
  return code === 334 && lines.length === 1 && BASE64.test(lines[0] ?? '');
}
