import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { envelope, greetedBy } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 15_000 } as const;
const LOGIN = 'AUTH PLAIN AGFsaWNlAHNlY3JldA==';

test('RFC 1870 §6.3: a message larger than announced is refused, and the server has no part of it as a whole', async () => {
  await using server = await RecordingServer.start({ offers: ['SIZE 2000'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using mailProgram = await greetedBy(proxy);
  expect(await mailProgram.ask('MAIL FROM:<ada@example.org> SIZE=2001')).toMatch(/^552 5\.3\.4 /);
  await envelope(mailProgram);
  mailProgram.say(`Subject: large\r\n\r\n${'x'.repeat(3000)}\r\n`);
  expect(await mailProgram.ask('.')).toMatch(/^552 5\.3\.4 .* not sent/);
  expect(server.messages).toEqual([]);

  // RFC 1870 §3: stuffed dots do not count, and the connection is as good as before.
  await envelope(mailProgram);
  mailProgram.say('..\r\n'.repeat(600));
  expect(await mailProgram.ask('.')).toMatch(/^250 /);
  expect(server.messages.map(({ content }) => content)).toEqual(['..\r\n'.repeat(600)]);
});

test('the connection after the hundredth at once takes the place of one that only holds it', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const all = await Promise.all(Array.from({ length: 100 }, () => greetedBy(proxy)));
  try {
    using another = await greetedBy(proxy);
    expect(await another.ask('NOOP')).toMatch(/^250 /);
    const turnedOut = await Promise.any(all.map((one) => one.reply('a word of its own')));
    expect(turnedOut).toMatch(/^421 4\.7\.0 Too many connections/);
  } finally {
    for (const mailProgram of all) mailProgram.leave('RST');
  }
});

test('the connection after the hundredth at once hears 421 when all are logged in', async () => {
  await using server = await RecordingServer.start({ offers: ['AUTH PLAIN'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const all = await Promise.all(Array.from({ length: 100 }, () => greetedBy(proxy)));
  try {
    for (const one of all) expect(await one.ask(LOGIN)).toMatch(/^235 /);
    using tooMany = await MailProgram.connect(proxy.port);
    expect(await tooMany.reply('the connection')).toMatch(/^421 4\.7\.0 Too many connections/);
    await tooMany.end();
    expect(server.connections).toBe(100);

    await all[0]?.ask('QUIT');
    const admitted = async () => {
      using next = await MailProgram.connect(proxy.port);
      return (await next.reply('the connection')).startsWith('220 ');
    };
    await waitUntil(admitted, 5000, () => 'nobody else is let in');
  } finally {
    for (const mailProgram of all) mailProgram.leave('RST');
  }
});

test('a search for a password is slowed down across connections', async () => {
  await using server = await RecordingServer.start({
    offers: ['AUTH PLAIN'],
    answerToLogin: '535 5.7.8 no',
  });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  const tries: number[] = [];
  for (let connection = 0; connection < 2; connection += 1) {
    using mailProgram = await greetedBy(proxy);
    for (let login = 0; login < 3; login += 1) {
      const start = performance.now();
      expect(await mailProgram.ask(LOGIN)).toMatch(/^535 /);
      tries.push(performance.now() - start);
    }
  }
  // The last one waits for two seconds; a busy machine makes each of them longer, the first as well.
  const firstMs = Math.max(...tries.slice(0, 3));
  expect((tries.at(-1) ?? 0) - firstMs).toBeGreaterThan(1000);
});
