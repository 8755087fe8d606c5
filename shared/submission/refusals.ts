import { SmtpReply } from './reply.ts';

/**
 * Every refusal that this program makes up itself, by name. A mail program shows the text and
 * nothing else, so each says in plain words what happened, to which server, and what helps.
 * README lists them with what to do. Policy refusals are 5yz: Thunderbird repeats 4yz by itself.
 */

// In place of the greeting: the session with the submission server could not be proved.

/** The fault lasts until somebody mends it: certificate, host name, no STARTTLS. */
export function tlsNotVerified(host: string, reason: string): SmtpReply {
  return new SmtpReply(
    554,
    '5.7.10',
    `Encryption needed: no verified TLS connection to ${host}, because ${reason}. Nothing was sent, and no password. If the server's name and port are right, tell your provider.`,
  );
}

/** The fault may pass by itself. */
export function tlsNotAvailableNow(host: string, reason: string): SmtpReply {
  return new SmtpReply(
    421,
    '4.7.10',
    `Encryption needed: no verified TLS connection to ${host} now, because ${reason}. Nothing was sent. Try again in some minutes.`,
  );
}

export function upstreamUnreachable(host: string, reason: string): SmtpReply {
  return new SmtpReply(
    421,
    '4.4.1',
    `The submission server ${host} cannot be reached: ${reason}. Nothing was sent. Check your network connection and the server's name, then try again.`,
  );
}

export function noMechanismToPass(host: string, offered: readonly string[]): SmtpReply {
  return new SmtpReply(
    554,
    '5.7.4',
    `${host} offers only ways to log in that this proxy cannot pass on: ${offered.join(', ')}. Nothing was sent. Ask your provider for a password or an app password.`,
  );
}

/** Other computers may reach this proxy, and without a login anybody could send through it. */
export function noLoginToAskFor(host: string): SmtpReply {
  return new SmtpReply(
    554,
    '5.7.0',
    `${host} asks nobody to log in, so this proxy serves it to this computer alone. Nothing was sent. Listen on 127.0.0.1.`,
  );
}

export function tooManyConnections(): SmtpReply {
  return new SmtpReply(
    421,
    '4.7.0',
    'Too many connections to Require TLS at once. Nothing was sent. Try again in a minute.',
  );
}

/** Whoever speaks before the greeting speaks something else than SMTP (RFC 5321 §3.1). */
export function notSmtp(overTls: boolean): SmtpReply {
  const cure = overTls ? '' : ' In the mail program choose connection security None.';
  return new SmtpReply(
    421,
    '4.7.0',
    `This is a server for outgoing mail, and it was spoken to in something else than SMTP. Nothing was sent.${cure}`,
  );
}

/** The server's own refusal in place of its greeting, heard inside TLS. */
export function refusedInGreeting(host: string, reply: SmtpReply): SmtpReply {
  return new SmtpReply(
    reply.isTransient ? 421 : 554,
    reply.isTransient ? '4.3.2' : '5.3.2',
    `${host} does not take connections: ${reply.text}. Nothing was sent.`,
  );
}

// On commands, before a message is under way.

/** RFC 4954 §4: a login is base64. */
export function loginMalformed(): SmtpReply {
  return new SmtpReply(
    501,
    '5.5.2',
    'The login is not written as it should be, so the submission server was not asked.',
  );
}

/** Somebody on this computer may be trying passwords. */
export function tooManyFailedLogins(): SmtpReply {
  return new SmtpReply(
    454,
    '4.7.0',
    'Too many logins failed. Check user name and password, wait a minute, then send again.',
  );
}

/** RFC 4954 §6: other computers may reach this proxy, so it is for those who can log in. */
export function loginNeeded(): SmtpReply {
  return new SmtpReply(530, '5.7.0', 'Log in first: this proxy is reached from other computers.');
}

/** RFC 4954 §6. */
export function loginUnanswered(host: string): SmtpReply {
  return new SmtpReply(
    454,
    '4.7.0',
    `${host} did not say whether the login is right, so nobody is logged in and nothing was sent. The password need not be wrong. Try again.`,
  );
}

/** RFC 4954 §4. */
export function mechanismNotOffered(host: string): SmtpReply {
  return new SmtpReply(504, '5.5.4', `${host} does not offer this way to log in.`);
}

export function sessionRefused(): SmtpReply {
  return new SmtpReply(
    503,
    '5.5.1',
    'The connection was refused in the greeting. Nothing was sent.',
  );
}

export function upstreamLostBetweenMessages(host: string): SmtpReply {
  return new SmtpReply(
    421,
    '4.4.2',
    `The connection to ${host} was lost. Nothing was sent. Try again.`,
  );
}

export function commandSyntax(example: string): SmtpReply {
  return new SmtpReply(501, '5.5.2', `Syntax error: write ${example}`);
}

export function parameterUnknown(parameter: string, host: string): SmtpReply {
  return new SmtpReply(
    555,
    '5.5.4',
    `The parameter ${parameter} is not offered by ${host}, so the message was not taken.`,
  );
}

/** RFC 8689 §2 offers the parameter inside TLS only, and this connection is not. */
export function requireTlsAsParameter(): SmtpReply {
  return new SmtpReply(
    555,
    '5.5.4',
    'REQUIRETLS is not taken as a parameter here, so the message was not taken. Write "X-TLS-Required: Yes" into the header of the message instead.',
  );
}

export function messageTooLarge(host: string, limitOctets: number): SmtpReply {
  return new SmtpReply(
    552,
    '5.3.4',
    `The message is larger than ${host} takes (${limitOctets} octets). It was not sent.`,
  );
}

export function tooManyRecipients(limit: number): SmtpReply {
  return new SmtpReply(452, '4.5.3', `Too many recipients: at most ${limit} for one message.`);
}

/** RFC 5321 §4.5.3.2.7. */
export function idleTooLong(): SmtpReply {
  return new SmtpReply(
    421,
    '4.4.2',
    'Nothing was said for too long, so the connection is closed. Nothing was sent.',
  );
}

export function sequence(command: string): SmtpReply {
  return new SmtpReply(503, '5.5.1', `Bad sequence of commands: send ${command} first.`);
}

export function shuttingDown(): SmtpReply {
  return new SmtpReply(421, '4.3.2', 'Require TLS is stopping. Nothing was sent. Try again later.');
}

// After the mail program's final dot.

/** RFC 8689 §4.2.1, §7. */
export function requireTlsUnsupported(host: string): SmtpReply {
  return new SmtpReply(
    550,
    '5.7.30',
    `REQUIRETLS support required: ${host} does not offer REQUIRETLS, so this message was not sent. Send it as Normal, or ask your provider for RFC 8689 support.`,
  );
}

/** RFC 8689 §4.2.1. */
export function encryptionNeeded(host: string): SmtpReply {
  return new SmtpReply(
    550,
    '5.7.10',
    `Encryption needed: the connection to ${host} is not verified TLS, so this message was not sent.`,
  );
}

export function markerUnclear(): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    'The header of this message asks something of TLS that is not clear, so it was not sent. In Thunderbird choose again with the Require TLS button; elsewhere write "X-TLS-Required: Yes" or "X-TLS-Required: No" once, or leave the field out.',
  );
}

export function contradictingFields(): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    'The header of this message asks both to require TLS and to do without, so it was not sent. Keep one of the two fields: X-TLS-Required: Yes, or TLS-Required: No.',
  );
}

/** RFC 8689 §3. */
export function tlsRequiredFieldInvalid(): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    'The only value of the field TLS-Required is No, so this message was not sent. To require TLS write "X-TLS-Required: Yes" instead.',
  );
}

/** RFC 8689 §3. */
export function tlsRequiredFieldTwice(): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    'The field TLS-Required stands more than once, so this message was not sent. Keep one.',
  );
}

/** It is never relayed: the person would get it as mail, and think the way was another one. */
export function probeUnclear(): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    'This says that it is a probe of the Thunderbird extension Require TLS, and is not exactly one, so it was not sent. If another extension changes your mail, switch that off for the probe.',
  );
}

/** Nobody whom this proxy knows has asked for it, or it came too late, or a second time. */
export function probeUnexpected(): SmtpReply {
  return new SmtpReply(
    554,
    '5.7.1',
    'Require TLS does not expect this probe, or no longer, so it was not sent. In Thunderbird send your message again.',
  );
}

export function headerSectionTooLarge(): SmtpReply {
  return new SmtpReply(
    552,
    '5.3.4',
    'The header section of this message is too large to be read safely, so it was not sent.',
  );
}

/** CVE-2023-51764: some servers take these for the end of a line, others do not. */
export function lineEndsMalformed(what: string): SmtpReply {
  return new SmtpReply(
    554,
    '5.6.0',
    `The message contains ${what}, which mail servers read differently, so it was not sent. Every line must end with CR LF.`,
  );
}

/**
 * The submission server refused MAIL, DATA or the message. Its codes and text are kept where a
 * refusal may have them: a 2yz or 3yz in the wrong place is none, and a 421 would close the
 * mail program's connection.
 */
export function refusedByServer(host: string, reply: SmtpReply): SmtpReply {
  const code = reply.code < 400 ? 554 : reply.code === 421 ? 451 : reply.code;
  // 451 4.4.2 is kept for an unknown outcome; Postfix gives 4.4.2 for a timeout.
  const ownCode = reply.enhancedCode === '4.4.2' ? '4.4.0' : reply.enhancedCode;
  return new SmtpReply(code, reply.code < 400 ? '5.5.0' : ownCode, [
    `${host} refused this message, and it was not sent: ${reply.lines[0] ?? ''}`,
    ...reply.lines.slice(1),
  ]);
}

/** Of each of several reasons; a server may write a page for every recipient. */
const MAX_REASON_OCTETS = 300;

/** @param refused each recipient's path with the server's reply to it */
export function recipientsRefused(
  host: string,
  refused: readonly (readonly [path: string, reply: SmtpReply])[],
): SmtpReply {
  const lasting = refused.find(([, reply]) => !reply.isTransient);
  const named = refused
    .slice(0, 20)
    .map(([path, reply]) => `${path} (${String(reply).slice(0, MAX_REASON_OCTETS)})`);
  const more = refused.length > named.length ? ` and ${refused.length - named.length} more` : '';
  return new SmtpReply(
    lasting === undefined ? 450 : 550,
    lasting === undefined ? '4.1.1' : '5.1.1',
    `${host} refused ${named.join(', ')}${more}. The message was sent to nobody. Correct or remove the address, then send again.`,
  );
}

/** RFC 5321 §4.5.3.2.5. */
export function tooSlow(): SmtpReply {
  return new SmtpReply(
    451,
    '4.4.0',
    'The mail program sent too little for too long, and the message was not sent. Try again.',
  );
}

/** RFC 5321 §4.2.2 insufficient system storage: a message without its receipt would not be known. */
export function receiptNotWritten(): SmtpReply {
  return new SmtpReply(
    452,
    '4.3.1',
    'Require TLS could not write its receipt (is the disk full?), so the message was not sent. See its log.',
  );
}

export function upstreamLostBeforeTheDot(host: string, reason: string): SmtpReply {
  return new SmtpReply(
    451,
    '4.4.0',
    `The connection to ${host} failed (${reason}), and the message was not sent. Try again.`,
  );
}

/** Used for nothing else: the server had the whole message and did not answer. */
export function outcomeUnknown(host: string): SmtpReply {
  return new SmtpReply(
    451,
    '4.4.2',
    `${host} took the whole message but did not say whether it accepted it. It may have been delivered: check before sending it again.`,
  );
}

export function ourFault(): SmtpReply {
  return new SmtpReply(
    451,
    '4.3.0',
    'Require TLS failed, and the message was not sent. See its log.',
  );
}
