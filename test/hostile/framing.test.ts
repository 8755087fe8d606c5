import { expect, test } from 'vitest';
import type { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { envelope, greetedBy, sayOctetByOctet } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000 } as const;

const SMUGGLED =
  'MAIL FROM:<mallory@example.org>\r\nRCPT TO:<grace@example.net>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n';

/** What some server takes for the end of a message, and is none (RFC 5321 §4.1.1.4). */
const ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r.\n',
  '\n.\r',
  '\r\n.\r\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\r\n.\r\r\n',
  '\n\n.\r\n',
];

const SPEECHES = {
  'in one segment': async (mailProgram: MailProgram, octets: string) => mailProgram.say(octets),
  'octet by octet': sayOctetByOctet,
} as const;

test.for(
  ENDS.flatMap((end) => Object.entries(SPEECHES).map((speech) => [end, ...speech] as const)),
)(
  'CVE-2023-51764, -51765, -51766: %j, %s, ends no message and smuggles none in',
  async ([end, , say]) => {
    await using server = await RecordingServer.start();
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using mailProgram = await greetedBy(proxy);
    await envelope(mailProgram);
    await say(mailProgram, `Subject: hi\r\n\r\nhello${end}${SMUGGLED}`);
    expect(await mailProgram.reply('the only final dot')).toMatch(/^554 5\.6\.0 /);
    expect(await mailProgram.ask('QUIT')).toMatch(/^221 /);
    await mailProgram.end();
    expect(server.messages).toEqual([]);
    expect(server.transactions.map(({ mail }) => mail).join()).not.toContain('mallory');
    expect(server.unknownCommands).toEqual([]);
  },
);

const MEGABYTE = 1024 * 1024;

test.each([998, 999, 1000, 2048, 70_000, MEGABYTE, 5 * MEGABYTE])(
  'RFC 5321 §4.5.3.1.6: a line of %i octets arrives whole',
  async (octets) => {
    const content = `Subject: long\r\n\r\n${'x'.repeat(octets)}\r\nend\r\n`;
    expect(await arrived(content)).toBe(content);
  },
);

test.each([
  ['nothing at all', ''],
  ['an empty line', '\r\n'],
  ['a stuffed dot alone', '..\r\n'],
  ['stuffed dots in header and body', '..X: a\r\n\r\n..\r\n...\r\n..x\r\n. x\r\n'],
  [
    'each octet but CR, LF and NUL',
    `\r\n${Array.from({ length: 256 }, (_, at) => String.fromCharCode(at))
      .join('')
      .replace(/[\r\n\0]/g, '')}\r\n`,
  ],
])('RFC 5321 §4.5.2: a message of %s arrives octet for octet', async (_what, content) => {
  expect(await arrived(content)).toBe(content);
});

/** What the server has of a message. */
async function arrived(content: string): Promise<string | undefined> {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await greetedBy(proxy);
  await envelope(mailProgram);
  mailProgram.say(`${content}.\r\n`);
  expect(await mailProgram.reply('the final dot')).toMatch(/^250 /);
  return server.messages[0]?.content;
}

test('BDAT is not spoken here, and its octets are no commands', async () => {
  await using server = await RecordingServer.start({ offers: ['CHUNKING'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await greetedBy(proxy);
  expect(await mailProgram.ask('MAIL FROM:<ada@example.org>')).toMatch(/^250 /);
  expect(await mailProgram.ask('RCPT TO:<grace@example.net>')).toMatch(/^250 /);
  expect(await mailProgram.ask('BDAT 5 LAST')).toMatch(/^50[0-3] /);
  expect(server.transactions).toEqual([]);
});

const MARKED = 'Subject: hi\r\nX-TLS-Required: Yes\r\nFrom: a@b.example\r\n\r\nhello\r\n';

test('a marker is found wherever the octets of a session are cut in two', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await greetedBy(proxy);
  const octets = `${MARKED}.\r\n`;
  for (let place = 1; place < octets.length; place += 1) {
    await envelope(mailProgram);
    mailProgram.say(octets.slice(0, place));
    await new Promise(setImmediate);
    mailProgram.say(octets.slice(place));
    expect(await mailProgram.reply(`a message cut at ${place}`)).toMatch(/^250 /);
  }
  const kinds = new Set(server.messages.map(({ mail, content }) => `${mail}\n${content}`));
  expect([...kinds]).toEqual([
    `MAIL FROM:<ada@example.org> REQUIRETLS\n${MARKED.replace('X-TLS-Required: Yes\r\n', '')}`,
  ]);
  expect(server.messages).toHaveLength(octets.length - 1);
});
