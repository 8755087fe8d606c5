import { expect, test } from 'vitest';
import { asReceived } from './delivered-message.ts';
import { ROUTES, ROUTES_WITH_REQUIRETLS, startProxyTo, startServerOf } from './routes.ts';
import { connectAndLogIn, submit } from './submitting.ts';

const LETTER = 'From: Ada <ada@example.org>\r\nSubject: The engine\r\n\r\nit computes.\r\n';

/** Each stands between two others, so that neither what was asked nor what was said may stay. */
const FIELDS = ['', 'X-TLS-Required: Yes\r\n', '', 'X-TLS-Required: No\r\n', ''];

for (const route of ROUTES) {
  const offers = ROUTES_WITH_REQUIRETLS.includes(route);

  test(`of five messages on one connection to ${route.server} over ${route.tls} each goes as it asks itself`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);
    await using mailProgram = await connectAndLogIn(proxy.port);

    const codes: string[] = [];
    const delivered: string[] = [];
    for (const field of FIELDS) {
      const reply = await submit(mailProgram, { message: field + LETTER });
      codes.push(reply.slice(0, 3));
      // One after the other, for a server may deliver two in any order.
      delivered.push(...(await server.messages()).slice(delivered.length).map(receivedText));
    }

    expect(codes).toEqual(['250', offers ? '250' : '550', '250', '250', '250']);
    const commands = await server.commands();
    expect(commands.filter((command) => command.startsWith('AUTH'))).toHaveLength(1);
    const mail = 'MAIL FROM:<ada@example.org>';
    const required = offers ? [`${mail} REQUIRETLS`] : [];
    expect(commands.filter((command) => command.startsWith('MAIL'))).toEqual([
      mail,
      ...required,
      mail,
      mail,
      mail,
    ]);
    const signed = LETTER.replace('\r\n\r\n', '\r\nRequire-TLS-ESMTP: yes\r\n\r\n');
    expect(delivered).toEqual([
      LETTER,
      ...(offers ? [signed] : []),
      LETTER,
      `TLS-Required: No\r\n${LETTER}`,
      LETTER,
    ]);
  });
}

function receivedText(delivered: Buffer): string {
  return asReceived(delivered).toString('latin1');
}
