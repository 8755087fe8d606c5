import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as refusals from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';
import { refusalRows, type RefusalRow } from '../readme.ts';

const HOST = 'smtp.example.net';
const WHY = 'the sky is falling';
const MAILBOX_FULL = new SmtpReply(552, '5.2.2', 'Mailbox full');
const BUSY = new SmtpReply(450, '4.2.0', 'Busy');

/** Each refusal as it may be spoken; one that chooses between two classes stands here twice. */
const SPOKEN: Readonly<Record<keyof typeof refusals, readonly SmtpReply[]>> = {
  tlsNotVerified: [refusals.tlsNotVerified(HOST, WHY)],
  tlsNotAvailableNow: [refusals.tlsNotAvailableNow(HOST, WHY)],
  upstreamUnreachable: [refusals.upstreamUnreachable(HOST, WHY)],
  noMechanismToPass: [refusals.noMechanismToPass(HOST, ['CRAM-MD5'])],
  refusedInGreeting: [
    refusals.refusedInGreeting(HOST, MAILBOX_FULL),
    refusals.refusedInGreeting(HOST, BUSY),
  ],
  noLoginToAskFor: [refusals.noLoginToAskFor(HOST)],
  tooManyConnections: [refusals.tooManyConnections()],
  notSmtp: [refusals.notSmtp(false)],
  loginMalformed: [refusals.loginMalformed()],
  tooManyFailedLogins: [refusals.tooManyFailedLogins()],
  loginNeeded: [refusals.loginNeeded()],
  idleTooLong: [refusals.idleTooLong()],
  receiptNotWritten: [refusals.receiptNotWritten()],
  loginUnanswered: [refusals.loginUnanswered(HOST)],
  mechanismNotOffered: [refusals.mechanismNotOffered(HOST)],
  sessionRefused: [refusals.sessionRefused()],
  upstreamLostBetweenMessages: [refusals.upstreamLostBetweenMessages(HOST)],
  commandSyntax: [refusals.commandSyntax('MAIL FROM:<address>')],
  parameterUnknown: [refusals.parameterUnknown('SMTPUTF8', HOST)],
  requireTlsAsParameter: [refusals.requireTlsAsParameter()],
  messageTooLarge: [refusals.messageTooLarge(HOST, 1000)],
  tooManyRecipients: [refusals.tooManyRecipients(1000)],
  sequence: [refusals.sequence('MAIL')],
  shuttingDown: [refusals.shuttingDown()],
  requireTlsUnsupported: [refusals.requireTlsUnsupported(HOST)],
  encryptionNeeded: [refusals.encryptionNeeded(HOST)],
  markerUnclear: [refusals.markerUnclear()],
  contradictingFields: [refusals.contradictingFields()],
  tlsRequiredFieldInvalid: [refusals.tlsRequiredFieldInvalid()],
  tlsRequiredFieldTwice: [refusals.tlsRequiredFieldTwice()],
  probeUnclear: [refusals.probeUnclear()],
  probeUnexpected: [refusals.probeUnexpected()],
  headerSectionTooLarge: [refusals.headerSectionTooLarge()],
  lineEndsMalformed: [refusals.lineEndsMalformed('a line feed without carriage return')],
  refusedByServer: [
    refusals.refusedByServer(HOST, MAILBOX_FULL),
    refusals.refusedByServer(HOST, BUSY),
  ],
  recipientsRefused: [
    refusals.recipientsRefused(HOST, [['<grace@example.net>', MAILBOX_FULL]]),
    refusals.recipientsRefused(HOST, [['<grace@example.net>', BUSY]]),
  ],
  upstreamLostBeforeTheDot: [refusals.upstreamLostBeforeTheDot(HOST, WHY)],
  outcomeUnknown: [refusals.outcomeUnknown(HOST)],
  ourFault: [refusals.ourFault()],
  tooSlow: [refusals.tooSlow()],
};

/** Its code stands in no row: it is the submission server's. */
const SERVERS_OWN: readonly string[] = ['refusedByServer'] satisfies (keyof typeof refusals)[];

test.each(Object.keys(refusals))('README tells what to do about the refusal %s', (name) => {
  const spoken = Object.entries(SPOKEN).flatMap(([known, all]) => (known === name ? all : []));
  expect(spoken, 'it is not in the list above').not.toEqual([]);

  for (const reply of spoken) {
    const row = rowFor(name, reply);
    expect(row?.whatToDo, String(reply)).toMatch(/\w{3}/);
  }
});

test('README tells of no refusal that nobody speaks', () => {
  const spoken = Object.entries(SPOKEN).flatMap(([name, replies]) =>
    replies.map((reply) => rowFor(name, reply)?.begins),
  );
  const told = refusalRows().filter(({ codes }) => codes[0] !== '');
  expect(told.map(({ begins }) => begins).filter((begins) => !spoken.includes(begins))).toEqual([]);
});

test('README tells what to do about each message that the extension does not let go', () => {
  const file = resolve(import.meta.dirname, '../../extension/_locales/en/messages.json');
  const texts: Readonly<Record<string, { readonly message: string }>> = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  const reasons = Object.entries(texts).filter(([key]) => /^notSent(?!Title)/.test(key));
  expect(reasons).not.toEqual([]);

  const rows = refusalRows().filter(({ codes, begins }) => codes[0] === '' && begins !== '');
  for (const [key, { message }] of reasons) {
    const shown = message.replaceAll('$address$', 'ada@example.org');
    expect(
      rows.some(({ begins }) => shown.startsWith(begins)),
      key,
    ).toBe(true);
  }
});

function rowFor(name: string, reply: SmtpReply): RefusalRow | undefined {
  const code = SERVERS_OWN.includes(name)
    ? 'the server’s own'
    : `${reply.code} ${reply.enhancedCode}`;
  return refusalRows().find(
    ({ codes, begins }) => begins !== '' && codes.includes(code) && reply.text.startsWith(begins),
  );
}
