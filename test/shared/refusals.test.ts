import { expect, test } from 'vitest';
import * as refusals from '../../shared/submission/refusals.ts';
import { SmtpReply } from '../../shared/submission/reply.ts';

const HOST = 'smtp.example.net';
const REASON = 'its certificate has expired';
const BUSY = new SmtpReply(421, '4.3.2', 'System not accepting messages');
const DENIED = new SmtpReply(550, '5.7.1', ['Relaying', 'denied']);

type Refusal = keyof typeof refusals;

/** Each refusal once, with the codes it is known by in DESIGN and README. */
const IN_PLACE_OF_THE_GREETING = {
  tlsNotVerified: [refusals.tlsNotVerified(HOST, REASON), '554 5.7.10'],
  tlsNotAvailableNow: [refusals.tlsNotAvailableNow(HOST, REASON), '421 4.7.10'],
  upstreamUnreachable: [refusals.upstreamUnreachable(HOST, REASON), '421 4.4.1'],
  noMechanismToPass: [refusals.noMechanismToPass(HOST, ['GSSAPI', 'NTLM']), '554 5.7.4'],
  refusedInGreeting: [refusals.refusedInGreeting(HOST, BUSY), '421 4.3.2'],
  noLoginToAskFor: [refusals.noLoginToAskFor(HOST), '554 5.7.0'],
} as const;

const ON_A_COMMAND = {
  loginMalformed: [refusals.loginMalformed(), '501 5.5.2'],
  tooManyFailedLogins: [refusals.tooManyFailedLogins(), '454 4.7.0'],
  loginNeeded: [refusals.loginNeeded(), '530 5.7.0'],
  idleTooLong: [refusals.idleTooLong(), '421 4.4.2'],
  tooManyConnections: [refusals.tooManyConnections(), '421 4.7.0'],
  notSmtp: [refusals.notSmtp(false), '421 4.7.0'],
  loginUnanswered: [refusals.loginUnanswered(HOST), '454 4.7.0'],
  mechanismNotOffered: [refusals.mechanismNotOffered(HOST), '504 5.5.4'],
  sessionRefused: [refusals.sessionRefused(), '503 5.5.1'],
  upstreamLostBetweenMessages: [refusals.upstreamLostBetweenMessages(HOST), '421 4.4.2'],
  commandSyntax: [refusals.commandSyntax('MAIL FROM:<address>'), '501 5.5.2'],
  parameterUnknown: [refusals.parameterUnknown('BY', HOST), '555 5.5.4'],
  requireTlsAsParameter: [refusals.requireTlsAsParameter(), '555 5.5.4'],
  messageTooLarge: [refusals.messageTooLarge(HOST, 1000), '552 5.3.4'],
  tooManyRecipients: [refusals.tooManyRecipients(1000), '452 4.5.3'],
  sequence: [refusals.sequence('MAIL'), '503 5.5.1'],
  shuttingDown: [refusals.shuttingDown(), '421 4.3.2'],
} as const;

const POLICY = {
  requireTlsUnsupported: [refusals.requireTlsUnsupported(HOST), '550 5.7.30'],
  encryptionNeeded: [refusals.encryptionNeeded(HOST), '550 5.7.10'],
  markerUnclear: [refusals.markerUnclear(), '554 5.6.0'],
  contradictingFields: [refusals.contradictingFields(), '554 5.6.0'],
  tlsRequiredFieldInvalid: [refusals.tlsRequiredFieldInvalid(), '554 5.6.0'],
  tlsRequiredFieldTwice: [refusals.tlsRequiredFieldTwice(), '554 5.6.0'],
  probeUnclear: [refusals.probeUnclear(), '554 5.6.0'],
  probeUnexpected: [refusals.probeUnexpected(), '554 5.7.1'],
  headerSectionTooLarge: [refusals.headerSectionTooLarge(), '552 5.3.4'],
  lineEndsMalformed: [refusals.lineEndsMalformed('a NUL octet'), '554 5.6.0'],
} as const;

const AFTER_THE_DOT = {
  ...POLICY,
  refusedByServer: [refusals.refusedByServer(HOST, DENIED), '550 5.7.1'],
  recipientsRefused: [refusals.recipientsRefused(HOST, [['<a@b>', DENIED]]), '550 5.1.1'],
  tooSlow: [refusals.tooSlow(), '451 4.4.0'],
  upstreamLostBeforeTheDot: [refusals.upstreamLostBeforeTheDot(HOST, REASON), '451 4.4.0'],
  receiptNotWritten: [refusals.receiptNotWritten(), '452 4.3.1'],
  ourFault: [refusals.ourFault(), '451 4.3.0'],
} as const;

const ALL = {
  ...IN_PLACE_OF_THE_GREETING,
  ...ON_A_COMMAND,
  ...AFTER_THE_DOT,
  outcomeUnknown: [refusals.outcomeUnknown(HOST), '451 4.4.2'],
} as const satisfies Record<Refusal, readonly [SmtpReply, string]>;

const rows = (table: Partial<Record<Refusal, readonly [SmtpReply, string]>>) =>
  Object.entries(table).map(([name, [reply, codes]]) => ({ name, reply, codes }));

test('every refusal of this program stands in the tables of this file', () => {
  expect(Object.keys(ALL).toSorted()).toEqual(Object.keys(refusals).toSorted());
});

test.each(rows(ALL))('$name is $codes, in plain ASCII on one line', ({ reply, codes }) => {
  expect(`${reply.code} ${reply.enhancedCode}`).toBe(codes);
  expect(reply.enhancedCode[0], 'RFC 2034 §4').toBe(String(reply.code)[0]);
  expect(reply.text).toMatch(/^[ -~]+$/);
  expect(reply.toWire().split('\r\n').at(-2), 'nothing of it is a placeholder').not.toMatch(
    /undefined|null|NaN|\[object|\$\{/,
  );
});

test.each(rows(ALL).filter(({ name }) => name !== 'refusedByServer'))(
  '$name is a sentence of its own on one line',
  ({ reply }) => {
    expect(reply.toWire().match(/\r\n/g)).toHaveLength(1);
  },
);

test.each(rows(IN_PLACE_OF_THE_GREETING))(
  'RFC 5321 §3.1: $name is 554 or 421, names the server and says that nothing was sent',
  ({ reply }) => {
    expect([421, 554]).toContain(reply.code);
    expect(reply.text).toContain(HOST);
    expect(reply.text).toContain('Nothing was sent');
  },
);

test.each(rows(AFTER_THE_DOT))('$name says that the message was not sent', ({ reply }) => {
  expect(reply.text).toMatch(/\bnot sent\b|\bsent to nobody\b/);
  expect(reply.code, 'a 421 would close the connection with the reply').not.toBe(421);
});

test.each(rows(POLICY))('$name is lasting, or Thunderbird would repeat it', ({ reply }) => {
  expect(reply.isTransient || reply.isPositive).toBe(false);
});

test.each(rows({ ...IN_PLACE_OF_THE_GREETING, ...AFTER_THE_DOT }))(
  '$name does not say that the outcome is unknown',
  ({ reply }) => {
    expect(reply.text).not.toMatch(/may have been delivered/);
  },
);

test('451 4.4.2 alone says that the message may have been delivered, and is said of nothing else', () => {
  const { text } = refusals.outcomeUnknown(HOST);
  expect(text).toMatch(/may have been delivered/);
  expect(text).toMatch(/check before/);
  expect(text).not.toMatch(/not sent|nothing was sent|try again/i);

  const same = rows(ALL).filter(({ codes }) => codes === '451 4.4.2');
  expect(same.map(({ name }) => name)).toEqual(['outcomeUnknown']);
  const timeout = new SmtpReply(421, '4.4.2', 'Error: timeout exceeded'); // as Postfix says it
  expect(String(refusals.refusedByServer(HOST, timeout))).not.toMatch(/^451 4\.4\.2/);
});

test('RFC 8689 §7: the words of the RFC come first where it has some', () => {
  expect(refusals.requireTlsUnsupported(HOST).text).toMatch(/^REQUIRETLS support required: /);
  expect(refusals.encryptionNeeded(HOST).text).toMatch(/^Encryption needed: /);
  expect(refusals.tlsNotVerified(HOST, REASON).text).toMatch(/^Encryption needed: /);
});

test.each([
  [550, '5.7.1', 550, '5.7.1'],
  [555, '5.5.4', 555, '5.5.4'],
  [451, '4.7.1', 451, '4.7.1'],
  [452, '', 452, ''],
  [421, '4.7.0', 451, '4.7.0'],
  [421, '', 451, ''],
  [250, '2.0.0', 554, '5.5.0'],
  [354, '', 554, '5.5.0'],
])(
  'a server that says %i %s to MAIL or DATA is passed on as %i %s',
  (code, enhancedCode, ...as) => {
    const reply = refusals.refusedByServer(HOST, new SmtpReply(code, enhancedCode, ['no', 'more']));
    expect([reply.code, reply.enhancedCode]).toEqual(as);
    expect(reply.lines).toEqual([`${HOST} refused this message, and it was not sent: no`, 'more']);
  },
);

test.each([
  [450, '421 4.3.2'],
  [554, '554 5.3.2'],
  [220, '554 5.3.2'],
])('a server that greets with %i is passed on as %s', (code, codes) => {
  const reply = refusals.refusedInGreeting(HOST, new SmtpReply(code, '', 'closed'));
  expect(String(reply)).toBe(
    `${codes} ${HOST} does not take connections: closed. Nothing was sent.`,
  );
});

test('every refused recipient is named with the reason, and one lasting refusal decides', () => {
  const full = new SmtpReply(452, '4.2.2', 'Mailbox full');
  expect(
    String(
      refusals.recipientsRefused(HOST, [
        ['<a@b>', full],
        ['<c@d>', DENIED],
      ]),
    ),
  ).toBe(
    `550 5.1.1 ${HOST} refused <a@b> (452 4.2.2 Mailbox full), <c@d> (550 5.7.1 Relaying denied). The message was sent to nobody. Correct or remove the address, then send again.`,
  );
  expect(
    refusals.recipientsRefused(HOST, [
      ['<a@b>', full],
      ['<c@d>', full],
    ]),
  ).toMatchObject({
    code: 450,
    enhancedCode: '4.1.1',
  });
});

test('of a thousand refused recipients twenty are named and the others counted', () => {
  const refused = Array.from(
    { length: 1000 },
    (_, at) => [`<r${at}@example.net>`, DENIED] as const,
  );
  const { text } = refusals.recipientsRefused(HOST, refused);
  expect(text).toContain('<r19@example.net> (550 5.7.1 Relaying denied) and 980 more. ');
  expect(text).not.toContain('<r20@example.net>');
});

test("no server's words and no reason can forge a reply of ours", () => {
  const evil = '\r\n250 2.0.0 queued\u010d\u010a250 ok\u001b[2J';
  const replies = [
    refusals.tlsNotVerified(HOST, evil),
    refusals.noMechanismToPass(HOST, [evil]),
    refusals.parameterUnknown(evil, HOST),
    refusals.refusedByServer(HOST, new SmtpReply(550, '', evil)),
    refusals.recipientsRefused(HOST, [[evil, new SmtpReply(550, '', evil)]]),
  ];
  for (const reply of replies) {
    const wire = Buffer.from(reply.toWire(), 'latin1').toString('latin1');
    expect(wire).toMatch(/^5\d\d [ -~]*\r\n$/);
  }
});
