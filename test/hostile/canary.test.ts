import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ProxyProcess } from '../proxy-process.ts';
import { waitUntil } from '../wait-until.ts';
import { HostileServer, type Fault, type State } from './hostile-server.ts';
import { MailProgram } from './mail-program.ts';
import { placeFor, type Place } from './running-proxy.ts';
import { leaf } from './server-certificates.ts';

const certificate = await leaf();
const LIMIT_MS = 10_000;

const PASSWORD = 'Losungswort-4711';
const RECIPIENT = 'kanarienvogel';

/** What may stand in nothing that the proxy writes, by what it is. */
const CANARIES: Readonly<Record<string, string>> = {
  'the password': PASSWORD,
  'the subject': 'Geheimratsecken',
  'the body': 'Herzensangelegenheit',
  'another header field': 'Beipackzettel',
  'a recipient': RECIPIENT,
};

const PLAIN = base64(`\0ada@example.org\0${PASSWORD}`);

const LETTER = [
  'From: Ada <ada@example.org>',
  `To: <${RECIPIENT}@example.net>`,
  'Subject: Geheimratsecken',
  'X-Note: Beipackzettel',
  'Message-ID: <1@example.org>',
  '',
  'Herzensangelegenheit',
  '',
].join('\r\n');

const FAULTS: Readonly<Record<string, Fault>> = {
  resets: { goesOn: false, does: ({ tcp }) => void tcp.resetAndDestroy() },
  'says what is no reply': {
    goesOn: false,
    does: ({ socket }) => void socket.write('Losung?\r\n'),
  },
  'names the recipient and refuses': {
    goesOn: true,
    does: ({ socket }) =>
      void socket.write(`550 5.1.1 <${RECIPIENT}@example.net> ${RECIPIENT}\r\n`),
  },
  'names the recipient and closes': {
    goesOn: false,
    does: ({ socket }) => void socket.end(`421 4.7.0 no mail for ${RECIPIENT}@example.net\r\n`),
  },
  'does nothing wrong': { goesOn: true, does: ({ socket, right }) => void socket.write(right) },
};

const STATES: readonly State[] = [
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'body',
  'final dot',
  'between messages',
];

test.each(STATES.flatMap((at) => Object.keys(FAULTS).map((fault) => [at, fault] as const)))(
  'at %s a server %s: no credential, no content and no recipient is written down',
  async (at, named) => {
    const fault = FAULTS[named];
    if (fault === undefined) throw new Error('there is no such fault');
    await using server = await serverWith(at, fault);
    await using place = await placeFor(server);
    await using proxy = await place.start('--timeout', '2');
    using mailProgram = await MailProgram.connect(proxy.port);
    await sendUntilRefused(mailProgram);
    expect(await proxy.stop()).toBe(0);

    expect(server.heard.secured, 'the canaries went the way they must').toContain(PLAIN);
    await expectNoCanary(place, proxy);
    expect(proxy.log()).not.toContain('ada@');
  },
);

test('what the proxy itself refuses is written down without what was refused', async () => {
  const fault = FAULTS['does nothing wrong'];
  if (fault === undefined) throw new Error('there is no such fault');
  await using server = await serverWith('between messages', fault);
  await using place = await placeFor(server);
  await using proxy = await place.start();
  for (const field of [
    'X-TLS-Required: Herzensangelegenheit',
    'X-TLS-Requlred: Yes',
    'TLS-Required: Yes',
  ]) {
    using mailProgram = await MailProgram.connect(proxy.port);
    expect(await sendUntilRefused(mailProgram, `${field}\r\n${LETTER}`)).toMatch(/^554 5\.6\.0/);
  }
  expect(await proxy.stop()).toBe(0);
  expect((await place.receipts('--json')).trim().split('\n')).toHaveLength(3);
  await expectNoCanary(place, proxy);
});

/** Ends of the process that nobody foresees; each at a signal. */
const CRASHES: Readonly<Record<string, { signal: NodeJS.Signals; code: string }>> = {
  'is aborted': { signal: 'SIGABRT', code: '' },
  'throws what nobody catches': {
    signal: 'SIGUSR2',
    code: 'process.on("SIGUSR2",()=>{throw new Error("our_own_fault")})',
  },
  'loses a promise': {
    signal: 'SIGUSR2',
    code: 'process.on("SIGUSR2",()=>{void Promise.reject(new Error("our_own_fault"))})',
  },
  'runs out of memory': {
    signal: 'SIGUSR2',
    code: 'process.on("SIGUSR2",()=>{const all=[];for(;;)all.push(new Array(1e5).fill(all))})',
  },
};

test.each(
  Object.keys(CRASHES).flatMap((crash) =>
    (['body', 'final dot'] as const).map((at) => [crash, at] as const),
  ),
)('a proxy that %s at the %s of a message says nothing of it', async (named, at) => {
  const crash = CRASHES[named];
  if (crash === undefined) throw new Error('there is no such crash');
  await using server = await serverWith(at, { goesOn: false, does: () => undefined });
  await using place = await placeFor(server);
  const proxy = await startedWith(crash.code, place);
  try {
    using mailProgram = await MailProgram.connect(proxy.port);
    const sending = sendUntilRefused(mailProgram);
    await server.attacked;
    process.kill(proxy.pid, crash.signal);
    await expect(sending).rejects.toThrow('the end');
    await waitUntil(
      () => server.isLeft,
      LIMIT_MS,
      () => 'the proxy did not crash',
    );
    if (crash.code.includes('our_own_fault')) expect(proxy.log()).toContain('our_own_fault');
    await expectNoCanary(place, proxy);
  } finally {
    await proxy[Symbol.asyncDispose]().catch(() => undefined); // its status says that it crashed
  }
});

async function serverWith(at: State, fault: Fault): Promise<HostileServer> {
  const behaviour = { mode: 'implicit', pipelining: false, certificate } as const;
  return await HostileServer.start({ ...behaviour, at, fault });
}

/** Starts the proxy with more code in its process. */
async function startedWith(code: string, place: Place): Promise<ProxyProcess> {
  const before = process.env['NODE_OPTIONS'];
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  process.env['NODE_OPTIONS'] = `--max-old-space-size=64 --import ${url}`;
  try {
    return await place.start();
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  }
}

/** @returns the last reply */
async function sendUntilRefused(mailProgram: MailProgram, letter = LETTER): Promise<string> {
  await mailProgram.reply('the connection');
  const sending = [
    'MAIL FROM:<ada@example.org>',
    `RCPT TO:<${RECIPIENT}@example.net>`,
    'DATA',
    `${letter}.`,
  ];
  const commands = ['EHLO [127.0.0.1]', `AUTH PLAIN ${PLAIN}`, ...sending, ...sending];
  let reply = '';
  for (const command of commands) {
    reply = await mailProgram.ask(command);
    if (/^[45]/.test(reply)) break;
  }
  return reply;
}

/** In the log, standard error included, and in each file of the state folder. */
async function expectNoCanary(place: Place, proxy: ProxyProcess): Promise<void> {
  const files = (await readdir(place.state)).map((name) => join(place.state, name));
  const kept = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  for (const [where, text] of [
    ['the log', proxy.log()],
    ['the receipts', kept.join('')],
    ['what is shown of them', (await place.receipts()) + (await place.receipts('--json'))],
  ]) {
    for (const [what, canary] of Object.entries(CANARIES)) {
      expect(text?.toLowerCase(), `${what} stands in ${where}`).not.toContain(canary.toLowerCase());
      expect(text, `${what} stands in ${where}, in base64`).not.toContain(base64(canary));
    }
    expect(text, `the login stands in ${where}`).not.toContain(PLAIN);
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '');
}
