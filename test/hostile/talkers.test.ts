import { expect, test } from 'vitest';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000 } as const;

/** What browsers and other programs say that are not mail programs. */
const NOT_SMTP = [
  'GET / HTTP/1.1\r\nHost: 127.0.0.1:8689\r\n\r\n',
  'GET /\r\n', // HTTP/0.9
  'POST / HTTP/1.0\r\nContent-Length: 30\r\n\r\nEHLO x\r\nMAIL FROM:<a@b.example>\r\n',
  'POST / HTTP/1.1\r\n\r\n',
  'POST / HTTP/2\r\n\r\n',
  'POST /?x=\r\nEHLO x\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\n\r\n',
  'CONNECT mail.example:25 HTTP/1.1\r\n\r\n',
  'PUT / HTTP/3\r\n\r\n',
  'DELETE / HTTP/1.1\r\n\r\n',
  'PATCH / HTTP/1.1\r\n\r\n',
  'TRACE / HTTP/1.1\r\n\r\n',
  'HEAD / HTTP/1.1\r\n\r\n',
  'PROPFIND / HTTP/2.0\r\n\r\n',
  'get / http/1.1\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', // a TLS ClientHello
];

const HELLO_AND_ENVELOPE = 'EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n';

test.each([...NOT_SMTP, HELLO_AND_ENVELOPE, '\r\n', '\n', ' ', 'E', '\0'])(
  'whoever says %j before the greeting hears 421 and is cut off',
  async (octets) => {
    await using server = await RecordingServer.start();
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using talker = await MailProgram.connect(proxy.port);
    talker.say(octets);
    expect(await talker.reply('what is too early')).toMatch(/^421 /);
    await talker.end();
    expect(server.transactions).toEqual([]);
  },
);

test.each(NOT_SMTP.filter((octets) => octets.includes('\r\n')))(
  'whoever says %j after the greeting hears 421 and is cut off',
  async (octets) => {
    await using server = await RecordingServer.start();
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using talker = await MailProgram.connect(proxy.port);
    expect(await talker.reply('the connection')).toMatch(/^220 /);
    talker.say(octets + HELLO_AND_ENVELOPE);
    expect(await talker.reply('HTTP')).toMatch(/^421 /);
    await talker.end();
    expect(server.transactions).toEqual([]);
  },
);

test('HTTP in the middle of a session hears 421 and is cut off', async () => {
  await using server = await RecordingServer.start();
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using talker = await MailProgram.connect(proxy.port);
  await talker.reply('the connection');
  expect(await talker.ask('EHLO x')).toMatch(/^250/);
  expect(await talker.ask('MAIL FROM:<ada@example.org>')).toMatch(/^250 /);
  expect(await talker.ask('POST / HTTP/2')).toMatch(/^421 /);
  await talker.end();
});
