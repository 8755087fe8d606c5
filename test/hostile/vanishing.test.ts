import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { envelope, greetedBy } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000 } as const;

const LARGE = `Subject: large\r\n\r\n${`${'x'.repeat(78)}\r\n`.repeat(20_000)}`;

test.for(
  [
    ['in the header section', 'Subject: h'],
    ['after the header section', 'Subject: hi\r\n\r\n'],
    ['in the body', 'Subject: hi\r\n\r\nhal'],
    ['after a line', 'Subject: hi\r\n\r\nhello\r\n'],
    ['in the final dot', 'Subject: hi\r\n\r\nhello\r\n.'],
    ['before the last octet of the final dot', 'Subject: hi\r\n\r\nhello\r\n.\r'],
    ['in a large message', LARGE],
  ].flatMap(([where = '', octets = '']) =>
    (['FIN', 'RST'] as const).map((how) => [where, how, octets] as const),
  ),
)(
  'a mail program that vanishes %s with a %s has sent nothing, and the server hears no QUIT',
  async ([, how, octets]) => {
    await using server = await RecordingServer.start();
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using mailProgram = await greetedBy(proxy);
    await envelope(mailProgram);
    mailProgram.say(octets);
    if (octets.includes('\r\n\r\n')) {
      const begun = () => server.transactions.length > 0;
      await waitUntil(begun, 5000, () => 'the server hears of no message');
    }
    mailProgram.leave(how);
    await waitUntil(
      () => server.isLeft,
      5000,
      () => 'the proxy does not let go of the server',
    );
    expect(server.messages).toEqual([]);
    expect(server.transactions.map((begun) => begun.content).join('')).not.toContain('QUIT');
  },
);

test.each(['FIN', 'RST'] as const)(
  'a mail program that leaves with %s before the server has the message will send it again: the server gets none',
  async (how) => {
    await using server = await RecordingServer.start();
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using mailProgram = await greetedBy(proxy);
    await envelope(mailProgram);
    mailProgram.say('Subject: hi\r\n\r\nhello\r\n.\r\n');
    mailProgram.leave(how);
    await waitUntil(
      () => server.isLeft,
      5000,
      () => 'the proxy does not let go of the server',
    );
    expect(server.messages).toEqual([]);
  },
);

test('a mail program that sends less than the least rate is cut off with words', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, { ...OPTIONS, blockMs: 400 });
  using mailProgram = await greetedBy(proxy);
  await envelope(mailProgram);
  mailProgram.say('Subject: slow\r\n\r\n');
  const dripping = setInterval(() => mailProgram.say('x'), 20);
  try {
    expect(await mailProgram.reply('a drip')).toMatch(/^451 4\.4\.0 .*not sent/);
    await mailProgram.end();
  } finally {
    clearInterval(dripping);
  }
  await waitUntil(
    () => server.isLeft,
    5000,
    () => 'the proxy does not let go of the server',
  );
  expect(server.transactions.map((begun) => [begun.content.slice(0, 13), begun.isWhole])).toEqual([
    ['Subject: slow', false],
  ]);
});
