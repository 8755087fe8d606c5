import { expect, test, vi } from 'vitest';
import { HostileServer } from './hostile-server.ts';
import { MailProgram } from './mail-program.ts';
import { proxyInFrontOf } from './proxy-in-front-of.ts';
import { RecordingServer } from './recording-server.ts';
import { leaf } from './server-certificates.ts';
import { envelope, greetedBy } from './submitting.ts';

const OPTIONS = { mode: 'implicit', timeoutMs: 5000 } as const;
const MARKED = 'X-TLS-Required: Yes\r\nSubject: hi\r\n\r\nhello\r\n';

const expired = await leaf({ valid: [-2, -1] });
const good = await leaf();

async function sendMarked(mailProgram: MailProgram): Promise<string> {
  await envelope(mailProgram);
  mailProgram.say(MARKED);
  return await mailProgram.ask('.');
}

test('a certificate that changes between two messages is judged on the connection it came with', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using first = await greetedBy(proxy);
  expect(await sendMarked(first)).toMatch(/^250 /);

  server.change({ certificate: expired });
  using second = await MailProgram.connect(proxy.port);
  expect(await second.reply('the connection')).toMatch(/^554 5\.7\.10 .* has expired\. /);
  expect(await sendMarked(first), 'the session that was proved').toMatch(/^250 /);
  expect(server.connections).toBe(1);
});

test('an offer of REQUIRETLS that is gone on the next connection is none', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  using first = await greetedBy(proxy);
  expect(await sendMarked(first)).toMatch(/^250 /);

  server.change({ offers: [] });
  using second = await greetedBy(proxy);
  expect(await sendMarked(second)).toMatch(/^550 5\.7\.30 /);
  expect(server.messages).toHaveLength(1);
});

test.for([' REQUIRETLS', '\tREQUIRETLS'])(
  'RFC 5321 §4.2: behind the one blank of its line, %j is no offer',
  async (line) => {
    await using server = await RecordingServer.start({ offers: [line] });
    await using proxy = await proxyInFrontOf(server, OPTIONS);
    using mailProgram = await greetedBy(proxy);
    expect(await sendMarked(mailProgram)).toMatch(/^550 5\.7\.30 /);
    expect(server.transactions).toEqual([]);
  },
);

test('a session that is proved anew, after the first was lost, decides by its own offer and certificate', async () => {
  await using server = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  await using proxy = await proxyInFrontOf(server, OPTIONS);
  for (const [change, told] of [
    [{ offers: [] }, /^550 5\.7\.30 /],
    [{ certificate: expired }, /^554 5\.7\.10 .* has expired\. /],
  ] as const) {
    using mailProgram = await greetedBy(proxy);
    server.change(change);
    await server.loseAll();
    expect(await sendMarked(mailProgram)).toMatch(told);
    server.change({ offers: ['REQUIRETLS'], certificate: good });
  }
  expect(server.transactions).toEqual([]);
});

const HOUR_MS = 3_600_000;

test.each([
  ['forwards', HOUR_MS],
  ['backwards', -HOUR_MS],
])(
  'a clock that jumps %s by an hour neither ends a session nor makes a wait longer',
  async (_way, jumpMs) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      await using silent = await HostileServer.start({
        mode: 'starttls',
        pipelining: true,
        certificate: good,
        at: 'EHLO before TLS',
        fault: { goesOn: false, does: () => void vi.setSystemTime(Date.now() + jumpMs) },
      });
      await using proxy = await proxyInFrontOf(silent, { mode: 'starttls', timeoutMs: 1000 });
      const start = performance.now();
      using mailProgram = await MailProgram.connect(proxy.port);
      expect(await mailProgram.reply('the connection')).toMatch(/^421 4\.7\.10 .* 1 seconds/);
      expect(performance.now() - start).toBeGreaterThan(900); // an hour longer, and no reply comes

      await using jumping = await HostileServer.start({
        mode: 'starttls',
        pipelining: true,
        certificate: good,
        at: 'STARTTLS',
        fault: {
          goesOn: true,
          does({ socket, right }) {
            vi.setSystemTime(Date.now() + jumpMs);
            socket.write(right);
          },
        },
      });
      await using healthy = await proxyInFrontOf(jumping, { mode: 'starttls', timeoutMs: 5000 });
      using other = await greetedBy(healthy);
      expect(await sendMarked(other)).toMatch(/^250 /);
    } finally {
      vi.useRealTimers();
    }
  },
);
