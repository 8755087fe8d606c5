import { expect, test } from 'vitest';
import { ROUTES, startProxyTo, startServerOf } from './routes.ts';
import { DEFERRED_RECIPIENT, REFUSED_RECIPIENT } from './submission-server.ts';
import { connectAndLogIn, submit } from './submitting.ts';

const MESSAGE = 'From: ada@example.org\r\nSubject: hi\r\n\r\nhello\r\n';

const REFUSED = `RCPT TO:<${REFUSED_RECIPIENT}>`;
const DEFERRED = `RCPT TO:<${DEFERRED_RECIPIENT}>`;

/** Who is refused among others, and the code of the reply to the whole message. */
const REFUSALS = [
  { rcpt: [REFUSED], named: [REFUSED_RECIPIENT], code: '550' },
  { rcpt: [DEFERRED], named: [DEFERRED_RECIPIENT], code: '450' },
  { rcpt: [DEFERRED, REFUSED], named: [DEFERRED_RECIPIENT, REFUSED_RECIPIENT], code: '550' },
] as const;

for (const route of ROUTES) {
  test(`when ${route.server} over ${route.tls} refuses or defers one recipient, nobody gets the message`, async () => {
    await using server = await startServerOf(route);
    await using proxy = await startProxyTo(server, route);

    const asked: string[] = [];
    for (const { rcpt, named, code } of REFUSALS) {
      await using mailProgram = await connectAndLogIn(proxy.port);
      const among = ['RCPT TO:<grace@example.net>', ...rcpt, 'RCPT TO:<mary@example.net>'];
      const reply = await submit(mailProgram, { rcpt: among, message: MESSAGE });

      expect(reply.slice(0, 3), rcpt.join()).toBe(code);
      expect(named.filter((address) => !reply.includes(`<${address}>`))).toEqual([]);
      // Those who would have been served are not to blame.
      expect(reply).not.toMatch(/grace|mary/);
      asked.push(...among);
    }
    const received = await server.commands();
    expect(received.filter((command) => command.startsWith('RCPT'))).toEqual(asked);
    expect(await server.messages()).toEqual([]);
  });
}
