import { expect, test } from 'vitest';
import { asReceived } from './delivered-message.ts';
import {
  ROUTES,
  ROUTES_WITH_REQUIRETLS,
  ROUTES_WITHOUT_REQUIRETLS,
  startProxyTo,
  startServerOf,
} from './routes.ts';
import { connectAndLogIn, submit } from './submitting.ts';

const BEGINNING = 'From: Ada <ada@example.org>\r\nTo: Grace <grace@example.net>\r\n';
const REST = 'Subject: The engine\r\n\r\nDear Grace,\r\nit computes.\r\n';

/** The ways to ask for REQUIRETLS: the marker, and Postfix's own field. */
const YES_FIELDS = ['X-TLS-Required: Yes\r\n', 'Require-TLS-ESMTP: yes\r\n'];

for (const route of ROUTES_WITH_REQUIRETLS) {
  test(`RFC 8689 §4.2.1: mail that asks for it goes to ${route.server} over ${route.tls} with REQUIRETLS`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    for (const field of YES_FIELDS) {
      const message = BEGINNING + field + REST;
      expect(await submit(mailProgram, { message }), field).toMatch(/^250 2\.0\.0 Ok: queued as /);
    }
    const mail = 'MAIL FROM:<ada@example.org> REQUIRETLS';
    expect(await server.mailCommands()).toEqual(YES_FIELDS.map(() => mail));
    // The marker is gone. Postfix puts its own sign of REQUIRETLS below the last field.
    const header = `${BEGINNING}Subject: The engine\r\nRequire-TLS-ESMTP: yes\r\n`;
    const delivered = (await server.messages()).map((message) => String(asReceived(message)));
    expect(delivered).toEqual(YES_FIELDS.map(() => `${header}\r\nDear Grace,\r\nit computes.\r\n`));
  });
}

for (const route of ROUTES_WITHOUT_REQUIRETLS) {
  test(`RFC 8689 §4.2.1: mail that asks for REQUIRETLS is refused and ${route.server} over ${route.tls} sees no MAIL`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    for (const field of YES_FIELDS) {
      const reply = await submit(mailProgram, { message: BEGINNING + field + REST });
      expect(reply, field).toMatch(/^550 5\.7\.30 REQUIRETLS support required: localhost /);
    }
    expect(await mailProgram.say('QUIT')).toMatch(/^221 /);
    const commands = await server.commands();
    // It saw the session, so that it would have seen a MAIL as well.
    expect(commands.some((command) => command.startsWith('AUTH PLAIN'))).toBe(true);
    expect(commands.filter((command) => /^(?:MAIL|RCPT|DATA)/i.test(command))).toEqual([]);
    expect(await server.messages()).toEqual([]);
  });
}

for (const route of ROUTES) {
  test(`RFC 8689 §3: mail to be delivered anyway goes to ${route.server} over ${route.tls} with one TLS-Required: No`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    const message = `${BEGINNING}X-TLS-Required: No; id=Kx7_-\r\n${REST}`;
    expect(await submit(mailProgram, { message })).toMatch(/^250 /);
    const [delivered, ...others] = await server.messages();
    expect(others).toEqual([]);
    const parts = String(asReceived(delivered)).split('TLS-Required: No\r\n');
    expect(parts).toHaveLength(2);
    expect(parts.join('')).toBe(BEGINNING + REST);

    // What the person wrote stays as it is.
    const written = `${BEGINNING}tls-required:  No\r\n${REST}`;
    expect(await submit(mailProgram, { message: written })).toMatch(/^250 /);
    const [, second] = await server.messages();
    expect(String(asReceived(second))).toBe(written);

    const mail = 'MAIL FROM:<ada@example.org>';
    expect(await server.mailCommands()).toEqual([mail, mail]);
  });
}
