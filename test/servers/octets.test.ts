import { expect, test } from 'vitest';
import { asReceived } from './delivered-message.ts';
import {
  ROUTES,
  ROUTES_WITH_REQUIRETLS,
  startProxyTo,
  startServerOf,
  type Route,
} from './routes.ts';
import { connectAndLogIn, submit } from './submitting.ts';

const HEADER =
  'From: Ada <ada@example.org>\r\nTo: Grace <grace@example.net>\r\nSubject: octets\r\n';

/** A letter forwarded as an attachment (RFC 2046 §5.2.1), with all that asks for something in ours. */
const WITH_ATTACHED_LETTER = [
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="=-="',
  '',
  '--=-=',
  'Content-Type: message/rfc822',
  'X-TLS-Required: No',
  '',
  'X-TLS-Required: Yes',
  'X-TLS-Required: yes; id=first',
  'Require-TLS-ESMTP: yes',
  'TLS-Required: Yes',
  'From: Charles <charles@example.com>',
  '',
  'X-TLS-Required: Yes',
  '--=-=--',
  '',
].join('\r\n');

const ALL_OCTETS_BUT_LINE_ENDS = [...Array(256).keys()].filter((n) => ![0, 10, 13].includes(n));

/** Header sections and bodies that a relay may spoil. */
const MESSAGES: Readonly<Record<string, string>> = {
  'lines that begin with dots': `${HEADER}\r\n.\r\n..\r\n...\r\n.x\r\n..x\r\nx.\r\n.\r\n`,
  'a header section without an empty line': HEADER,
  'octets of every value': `${HEADER}\r\n${String.fromCharCode(...ALL_OCTETS_BUT_LINE_ENDS)}\r\n`,
  'lines of 998 octets': `${HEADER}X-Long: ${'h'.repeat(990)}\r\n\r\n${`${'b'.repeat(998)}\r\n`.repeat(3)}`,
  'an empty body': `${HEADER}\r\n`,
  'a body of one empty line': `${HEADER}\r\n\r\n`,
  'empty lines at the end': `${HEADER}\r\nhello\r\n\r\n\r\n`,
  'blanks at the ends of lines': `${HEADER}\r\nhello \t\r\n \r\n\t\r\n-- \r\n`,
  'folded, empty and doubled fields': `${HEADER}X-Folded: one\r\n two\r\n\tthree\r\nX-Empty:\r\nX-Twice:a\r\nx-twice:  b \r\n\r\nhello\r\n`,
  'another marker in the body': `${HEADER}\r\nX-TLS-Required: No\r\n\r\nTLS-Required: No\r\n`,
  'an attached letter that was marked': `${HEADER}${WITH_ATTACHED_LETTER}`,
  'eight-bit octets in the header section': `${HEADER}X-Latin: \xe9t\xe9\r\n\r\nhello\r\n`,
  'one megabyte and a marker': `${HEADER}\r\n${`${'0123456789abcde '.repeat(4)}\r\n`.repeat(16_000)}\r\nX-TLS-Required: Yes\r\n`,
};

/** Sends each message with the field as its third, and gives what was delivered to `compare`. */
async function sendEach(
  route: Route,
  field: string,
  compare: (received: string, sent: string, what: string) => void,
): Promise<void> {
  await using server = await startServerOf(route);
  await using proxy = await startProxyTo(server, route);
  await using mailProgram = await connectAndLogIn(proxy.port);

  for (const [index, [what, sent]] of Object.entries(MESSAGES).entries()) {
    const marked = sent.replace('Subject: ', `${field}Subject: `);
    const mail = 'MAIL FROM:<ada@example.org> BODY=8BITMIME';
    const reply = await submit(mailProgram, { mail, message: Buffer.from(marked, 'latin1') });
    expect(reply, what).toMatch(/^250 /);
    const delivered = await server.messages();
    expect(delivered, what).toHaveLength(index + 1);
    // Exim ends a header section without an empty line with one of its own.
    const ended = route.server === 'Exim 4.96' && sent === HEADER ? `${sent}\r\n` : sent;
    compare(asReceived(delivered.at(-1)).toString('latin1'), ended, what);
  }
}

for (const route of ROUTES) {
  test(`an unmarked message goes to ${route.server} over ${route.tls} octet for octet`, async () => {
    await sendEach(route, '', (received, sent, what) => {
      expect(received === sent, what).toBe(true);
    });
  });

  test(`the proxy adds one field to a message marked No for ${route.server} over ${route.tls}`, async () => {
    await sendEach(route, 'X-TLS-Required: No\r\n', (received, sent, what) => {
      const added = sent.replace('Subject: ', 'TLS-Required: No\r\nSubject: ');
      expect(received === added, what).toBe(true);
    });
  });
}

for (const route of ROUTES_WITH_REQUIRETLS) {
  test(`nothing but the marker goes from a message for ${route.server} over ${route.tls}`, async () => {
    await sendEach(route, 'X-TLS-Required: Yes\r\n', (received, sent, what) => {
      // Postfix writes its own sign of REQUIRETLS below the last field.
      const signed = sent.replace(/\r\n(?=\r\n|$)/, '\r\nRequire-TLS-ESMTP: yes\r\n');
      expect(received === signed, what).toBe(true);
    });
  });
}
