import { expect, test } from 'vitest';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { envelope, greetedBy } from './submitting.ts';

const CONNECTIONS = 50;
const MESSAGES_EACH = 4;

const MARKERS = [
  { field: '', parameter: '', becomes: '' },
  { field: 'X-TLS-Required: Yes\r\n', parameter: ' REQUIRETLS', becomes: '' },
  { field: 'X-TLS-Required: No\r\n', parameter: '', becomes: 'TLS-Required: No\r\n' },
  { field: 'X-TLS-Required: perhaps\r\n', parameter: undefined, becomes: '' },
] as const;

const content = (name: string, field: string) =>
  `Subject: ${name}\r\n${field}\r\n${`${name}\r\n`.repeat(500)}`;

/** What one connection sends. */
function sent(connection: number) {
  return Array.from({ length: MESSAGES_EACH }, (_, at) => {
    const marker = MARKERS[(connection + at) % MARKERS.length] ?? MARKERS[0];
    return { name: `message-${connection}-${at}`, ...marker };
  });
}

const byMail = (a: { mail: string }, b: { mail: string }) => (a.mail < b.mail ? -1 : 1);

test('of 50 connections at once, each with markers in another order, none is mixed up', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, { mode: 'implicit', timeoutMs: 15_000 });
  const sending = async (connection: number) => {
    using mailProgram = await greetedBy(proxy);
    for (const { name, field, parameter } of sent(connection)) {
      await envelope(mailProgram, { from: `${name}@example.org`, to: `${name}@example.net` });
      mailProgram.say(content(name, field));
      const reply = await mailProgram.ask('.');
      expect(reply).toMatch(parameter === undefined ? /^554 5\.6\.0 / : /^250 2\.0\.0 queued/);
    }
    await mailProgram.ask('QUIT');
  };
  const connections = Array.from({ length: CONNECTIONS }, (_, at) => at);
  await Promise.all(connections.map(sending));

  const expected = connections.flatMap(sent).flatMap(({ name, parameter, becomes }) =>
    parameter === undefined
      ? []
      : [
          {
            mail: `MAIL FROM:<${name}@example.org>${parameter}`,
            rcpt: [`RCPT TO:<${name}@example.net>`],
            content: content(name, becomes),
            isWhole: true,
          },
        ],
  );
  expect(server.transactions.toSorted(byMail)).toEqual(expected.toSorted(byMail));
});
