import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ehloKeywords } from '../../shared/submission/ehlo.ts';
import {
  envelopeLines,
  parameterNotOffered,
  parseMail,
  parseRcpt,
  type EnvelopeCommand,
  type MailCommand,
} from '../../shared/submission/envelope.ts';
import {
  commandSyntax,
  messageTooLarge,
  parameterUnknown,
} from '../../shared/submission/refusals.ts';
import { anyOctets } from './octets.ts';

const host = 'smtp.example.net';
const offering = (...lines: readonly string[]) => ({
  host,
  keywords: ehloKeywords([host, ...lines]),
  overTls: false,
});

const EVERYTHING = offering('SIZE 1000', '8BITMIME', 'SMTPUTF8', 'DSN', 'AUTH PLAIN', 'REQUIRETLS');

const utf8 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

test.each([
  ['RFC 5321 §4.1.1.2', '<userx@y.foo.org>'],
  ['RFC 5321 §4.5.5, a bounce', '<>'],
  ['RFC 5321 §F.2, a source route', '<@hosta.int,@jkl.org:userc@d.bar.org>'],
  ['RFC 5321 §4.1.2, a quoted blank', '<"Joe Blow"@example.org>'],
  ['RFC 5321 §4.1.2, a quoted @', '<"a@b"@example.org>'],
  ['RFC 5321 §4.1.2, a quoted >', '<"a>b"@example.org>'],
  ['RFC 5321 §4.1.2, a quoted quotation mark', String.raw`<"a\"b\\"@example.org>`],
  ['RFC 5321 §4.1.3, an address literal', '<ada@[192.0.2.1]>'],
  ['RFC 5321 §4.1.3, an IPv6 literal', '<ada@[IPv6:2001:db8::1]>'],
  ['RFC 5321 §4.5.1, no domain', '<Postmaster>'],
  ['RFC 6531 §3.3, an international address', utf8('<andré@exämple.org>')],
  ['RFC 5890, an A-label', '<ada@xn--exmple-cua.org>'],
  ['capitals', '<Ada.LOVELACE+Tag@Example.ORG>'],
])('%s: %s passes as it was written', (_, path) => {
  const command = { path, parameters: [] };
  expect(parseMail(`MAIL FROM:${path}`, EVERYTHING)).toMatchObject({ kind: 'command', command });
  expect(parseRcpt(`RCPT TO:${path}`, EVERYTHING)).toEqual({ kind: 'command', command });
});

test.each([
  ['MAIL FROM:<a@b> SIZE=512 BODY=8BITMIME', ['SIZE=512', 'BODY=8BITMIME']],
  ['mail from: <a@b>  body=7bit   smtputf8 ', ['body=7bit', 'smtputf8']],
  ['MAIL FROM:<a@b> RET=FULL ENVID=QQ+2B314159', ['RET=FULL', 'ENVID=QQ+2B314159']],
  ['MAIL FROM:<a@b> AUTH=e+3Dmc2@example.com', ['AUTH=e+3Dmc2@example.com']],
  ['MAIL FROM:<a@b> AUTH=<>', ['AUTH=<>']],
])('the parameters of %j pass as they were written', (line, parameters) => {
  expect(parseMail(line, EVERYTHING)).toMatchObject({
    kind: 'command',
    command: { path: '<a@b>', parameters },
  });
});

test.each([
  ['RFC 3461 §10.1', ['NOTIFY=SUCCESS,DELAY', 'ORCPT=rfc822;Bob@Big-Bucks.Example']],
  ['RFC 3461 §4.1', ['notify=never']],
  ['RFC 6533 §3', [utf8('ORCPT=utf-8;andré@exämple.org')]],
])('%s: %j of a recipient pass as they were written', (_, parameters) => {
  expect(parseRcpt(['RCPT TO:<a@b>', ...parameters].join(' '), EVERYTHING)).toEqual({
    kind: 'command',
    command: { path: '<a@b>', parameters },
  });
});

test.each([
  ['nothing', ''],
  ['no path', ' '],
  ['no angle brackets', 'a@b'],
  ['no end', '<a@b'],
  ['two ends', '<a@b>>'],
  ['a path within', '<a<b@c>'],
  ['a blank within', '<a b@c>'],
  ['two blanks before', '  <a@b>'],
  ['text at its end', '<a@b>SIZE=1'],
  ['a name before', 'Ada <a@b>'],
  ['two paths', '<a@b><c@d>'],
  ['an open quotation', '<"a@b>'],
  ['a carriage return, which may end a line elsewhere', '<a@b\rRCPT TO:<c@d>'],
  ['a carriage return in the path', '<a\r@b>'],
  ['a line feed in the path', '<a@b\n>'],
  ['a NUL in the path', '<a@b\0>'],
  ['an escape in the path', '<a\u001b[2J@b>'],
  ['a line feed in a quoted local part', '<"a\nb"@c>'],
  ['a carriage return behind the path', '<a@b>\r'],
  ['a line feed behind the path', '<a@b>\n'],
])('RFC 5321 §4.1.2: %s is no path', (_, path) => {
  expect(parseMail(`MAIL FROM:${path}`, EVERYTHING)).toMatchObject({
    kind: 'refuse',
    reply: commandSyntax('MAIL FROM:<address>'),
  });
  expect(parseRcpt(`RCPT TO:${path}`, EVERYTHING)).toEqual({
    kind: 'refuse',
    reply: commandSyntax('RCPT TO:<address>'),
  });
});

test.each([
  ['SIZE=1', 'SIZE'],
  ['BODY=8BITMIME', '8BITMIME'],
  ['SMTPUTF8', 'SMTPUTF8'],
  ['RET=HDRS', 'DSN'],
  ['envid=x', 'DSN'],
  ['AUTH=<>', 'AUTH PLAIN'],
])(
  'RFC 5321 §4.1.1.11: %s may go to a server that offers %s, and to no other',
  (given, offered) => {
    const mail = { path: '<a@b>', parameters: [given], asksRequireTls: false };
    const envelope = { mail, rcpt: [{ path: '<c@d>', parameters: [] }] };
    const [name] = given.split('=');
    expect(parameterNotOffered(envelope, offering(offered).keywords)).toBeUndefined();
    expect(parameterNotOffered(envelope, offering('PIPELINING').keywords)).toBe(name);
  },
);

test('RFC 3461 §4: what is asked for one recipient counts for the whole envelope', () => {
  const mail = { path: '<a@b>', parameters: [], asksRequireTls: false };
  const asking = { path: '<c@d>', parameters: ['NOTIFY=NEVER'] };
  const envelope = { mail, rcpt: [{ path: '<e@f>', parameters: [] }, asking] };
  expect(parameterNotOffered(envelope, offering('DSN').keywords)).toBeUndefined();
  expect(parameterNotOffered(envelope, offering('8BITMIME').keywords)).toBe('NOTIFY');
});

test('RFC 5321 §4.1.1.11: a parameter that the server does not offer is refused by name', () => {
  const server = offering('PIPELINING');
  const parameters = ['SIZE=1', 'BODY=8BITMIME', 'SMTPUTF8', 'RET=HDRS', 'ENVID=x', 'AUTH=<>'];
  for (const parameter of parameters) {
    expect(parseMail(`MAIL FROM:<a@b> ${parameter}`, server), parameter).toEqual({
      kind: 'refuse',
      reply: parameterUnknown(parameter.split('=')[0] ?? '', host),
    });
  }
  for (const parameter of ['NOTIFY=NEVER', 'ORCPT=rfc822;a@b']) {
    expect(parseRcpt(`RCPT TO:<a@b> ${parameter}`, server), parameter).toMatchObject({
      kind: 'refuse',
    });
  }
});

test.each([
  'REQUIRETLS',
  'requiretls',
  'BY=120;R',
  'MT-PRIORITY=4',
  'SOLICIT=x',
  'HOLDFOR=60',
  '__proto__',
])(
  'a parameter that we did not announce, %s, is refused although the server knows it',
  (parameter) => {
    const server = offering(
      'REQUIRETLS',
      'DELIVERBY',
      'MT-PRIORITY',
      'NO-SOLICITING',
      'FUTURERELEASE',
    );
    expect(parseMail(`MAIL FROM:<a@b> ${parameter}`, server)).toMatchObject({
      kind: 'refuse',
      reply: { code: 555, enhancedCode: '5.5.4' },
    });
  },
);

const BAD_VALUES = `SIZE SIZE= SIZE=many SIZE=-1 SIZE=1e3 SIZE=${'9'.repeat(21)} AUTH=
  BODY BODY=BINARYMIME SMTPUTF8=yes RET RET=ALL ENVID ENVID= ENVID=${'x'.repeat(101)}`;

test.each([...BAD_VALUES.split(/\s+/), 'ENVID=a\rb', 'AUTH=a\0', 'RET=FULL\r', 'RET=FULL\n'])(
  'the value of %j is refused and not passed on',
  (parameter) => {
    expect(parseMail(`MAIL FROM:<a@b> ${parameter}`, EVERYTHING)).toMatchObject({
      kind: 'refuse',
      reply: { code: 501 },
    });
  },
);

test.each(['NOTIFY', 'NOTIFY=', 'NOTIFY=NEVER;x', 'ORCPT=', 'ORCPT=rfc822;a\rb'])(
  'the value of %j of a recipient is refused and not passed on',
  (parameter) => {
    expect(parseRcpt(`RCPT TO:<a@b> ${parameter}`, EVERYTHING)).toMatchObject({
      kind: 'refuse',
      reply: { code: 501 },
    });
  },
);

test('RFC 3461 §4: a parameter that stands twice is refused', () => {
  for (const parameters of ['SIZE=1 SIZE=1', 'RET=HDRS ret=FULL', 'SMTPUTF8 SIZE=1 SMTPUTF8']) {
    expect(parseMail(`MAIL FROM:<a@b> ${parameters}`, EVERYTHING), parameters).toMatchObject({
      kind: 'refuse',
      reply: { code: 501 },
    });
  }
  expect(parseRcpt('RCPT TO:<a@b> NOTIFY=NEVER NOTIFY=DELAY', EVERYTHING)).toMatchObject({
    kind: 'refuse',
    reply: { code: 501 },
  });
});

test('parameters of MAIL are refused on RCPT, and those of RCPT on MAIL', () => {
  expect(parseRcpt('RCPT TO:<a@b> SIZE=1', EVERYTHING)).toMatchObject({ kind: 'refuse' });
  expect(parseMail('MAIL FROM:<a@b> NOTIFY=NEVER', EVERYTHING)).toMatchObject({ kind: 'refuse' });
});

test('RFC 1870 §6.1: a message announced as too large is refused at MAIL', () => {
  expect(parseMail('MAIL FROM:<a@b> SIZE=1000', EVERYTHING)).toMatchObject({ kind: 'command' });
  for (const parameters of ['SIZE=1001', 'size=99999999999999999999', 'RET=HDRS SIZE=1001']) {
    expect(parseMail(`MAIL FROM:<a@b> ${parameters}`, EVERYTHING), parameters).toEqual({
      kind: 'refuse',
      reply: messageTooLarge(host, 1000),
    });
  }
});

test.each(['SIZE', 'SIZE 0'])('RFC 1870 §4: a server with %j takes any announced size', (line) => {
  const server = offering(line);
  expect(parseMail('MAIL FROM:<a@b> SIZE=1001', server)).toMatchObject({ kind: 'command' });
});

test('whatever the command says, only the replies that Thunderbird understands come back', () => {
  const lines = fc.oneof(
    anyOctets,
    anyOctets.map((octets) => `MAIL FROM:${octets}`),
    anyOctets.map((octets) => `MAIL FROM:<a@b> ${octets}`),
    fc.stringMatching(/^MAIL FROM:<[a-z@"]{0,5}>( (SIZE|RET|BODY|X)=?[0-9A-Z]{0,6}){0,3}$/),
  );
  fc.assert(
    fc.property(lines, (line) => {
      const parsed = parseMail(line, EVERYTHING);
      if (parsed.kind === 'refuse') expect([501, 552, 555]).toContain(parsed.reply.code);
      else
        expect(envelopeLines({ mail: parsed.command, rcpt: [] }, 'nothing')).toEqual([
          line.replace(/^MAIL FROM: ?/i, 'MAIL FROM:').replace(/ +(?= |$)/g, ''),
        ]);
    }),
  );
});

const mail: MailCommand = {
  path: '<ada@example.org>',
  parameters: ['SIZE=9', 'ret=full'],
  asksRequireTls: false,
};
const rcpt: readonly EnvelopeCommand[] = [
  { path: '<Grace@example.net>', parameters: ['NOTIFY=FAILURE', 'ORCPT=rfc822;RET=FULL'] },
  { path: '<grace@example.net>', parameters: [] },
];

test('without REQUIRETLS the envelope goes on as it came', () => {
  expect(envelopeLines({ mail, rcpt }, 'nothing')).toEqual([
    'MAIL FROM:<ada@example.org> SIZE=9 ret=full',
    'RCPT TO:<Grace@example.net> NOTIFY=FAILURE ORCPT=rfc822;RET=FULL',
    'RCPT TO:<grace@example.net>',
  ]);
});

test('RFC 8689 §2, §5: with REQUIRETLS the bare word is added and RET=FULL becomes RET=HDRS', () => {
  expect(envelopeLines({ mail, rcpt }, 'REQUIRETLS')).toEqual([
    'MAIL FROM:<ada@example.org> REQUIRETLS SIZE=9 RET=HDRS',
    'RCPT TO:<Grace@example.net> NOTIFY=FAILURE ORCPT=rfc822;RET=FULL',
    'RCPT TO:<grace@example.net>',
  ]);
});

test('RFC 8689 §5: RET is not added where nobody asked for it', () => {
  const [line] = envelopeLines(
    { mail: { path: '<>', parameters: [], asksRequireTls: false }, rcpt },
    'REQUIRETLS',
  );
  expect(line).toBe('MAIL FROM:<> REQUIRETLS');
});
