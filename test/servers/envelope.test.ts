import { expect, test } from 'vitest';
import {
  ROUTES,
  ROUTES_WITH_REQUIRETLS,
  type ServerName,
  startProxyTo,
  startServerOf,
} from './routes.ts';
import { connectAndLogIn, type Letter, submit } from './submitting.ts';

const MESSAGE = 'From: ada@example.org\r\nSubject: hi\r\n\r\nhello\r\n';

/** Envelopes that lose something when they are taken apart and put together again. */
const ENVELOPES: Readonly<Record<string, Required<Omit<Letter, 'message'>>>> = {
  'delivery status parameters (RFC 3461 §4)': {
    mail: 'MAIL FROM:<ada@example.org> BODY=8BITMIME RET=FULL ENVID=QQ+2B314 SIZE=100',
    rcpt: ['RCPT TO:<grace@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;Grace+40x@example.net'],
  },
  'recipients that differ in case (RFC 5321 §2.4)': {
    mail: 'MAIL FROM:<Ada@Example.ORG>',
    rcpt: [
      'RCPT TO:<grace@example.net>',
      'RCPT TO:<Grace@example.net>',
      'RCPT TO:<grace@EXAMPLE.net>',
    ],
  },
  'international addresses (RFC 6531 §3.3)': {
    mail: 'MAIL FROM:<ада@пример.example> BODY=8BITMIME SMTPUTF8',
    rcpt: ['RCPT TO:<grâce@exämple.net>', 'RCPT TO:<grace@xn--exmple-cua.net>'],
  },
  'quoted local parts (RFC 5321 §4.1.2)': {
    mail: 'MAIL FROM:<"ada lovelace"@example.org>',
    rcpt: ['RCPT TO:<"grace@home"@example.net>', 'RCPT TO:<"a\\"b\\\\c"@example.net>'],
  },
  'the null reverse-path (RFC 5321 §4.5.5)': {
    mail: 'MAIL FROM:<>',
    rcpt: ['RCPT TO:<grace@example.net>'],
  },
};

/** They have no international addresses, and the proxy takes none for them. */
const WITHOUT_SMTPUTF8: readonly ServerName[] = ['Dovecot 2.3'];

for (const route of ROUTES) {
  test(`an envelope reaches ${route.server} over ${route.tls} as the mail program wrote it`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    const sent: string[] = [];
    for (const [what, envelope] of Object.entries(ENVELOPES)) {
      const isInternational = envelope.mail.endsWith(' SMTPUTF8');
      if (isInternational && WITHOUT_SMTPUTF8.includes(route.server)) continue;
      const reply = await submit(mailProgram, { ...envelope, message: MESSAGE });
      expect(reply, what).toMatch(/^250 /);
      sent.push(envelope.mail, ...envelope.rcpt);
    }
    const received = await server.commands();
    expect(received.filter((command) => /^(?:MAIL|RCPT)/.test(command))).toEqual(sent);
  });
}

for (const route of ROUTES_WITH_REQUIRETLS) {
  test(`RFC 8689 §5: RET=FULL becomes RET=HDRS with REQUIRETLS on the way to ${route.server} over ${route.tls}`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    const mail = 'MAIL FROM:<ada@example.org> RET=FULL ENVID=QQ314';
    const message = `X-TLS-Required: Yes\r\n${MESSAGE}`;
    expect(await submit(mailProgram, { mail, message })).toMatch(/^250 /);
    expect(await server.mailCommands()).toEqual([
      'MAIL FROM:<ada@example.org> REQUIRETLS RET=HDRS ENVID=QQ314',
    ]);
  });
}
