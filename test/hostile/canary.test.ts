import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { DEFAULT_DEADLINES, shortened } from '../../proxy/submission/deadline.ts';
import { Listener } from '../../proxy/submission/listener.ts';
import { Receipts } from '../../proxy/submission/receipts.ts';
import { LOOPBACK } from '../protocol/relayed-session.ts';
import { stateFolder } from '../receipt-files.ts';
import type { Ending, ProxyProcess } from '../proxy-process.ts';
import { waitUntil } from '../wait-until.ts';
import { HostileServer, type Fault } from './hostile-server.ts';
import type { State } from './server-state.ts';
import { MailProgram } from './mail-program.ts';
import { placeFor, type Place } from './running-proxy.ts';
import { leaf, root } from './server-certificates.ts';

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
    await using state = await stateFolder();
    const proxy = await listeningInFrontOf(server, state.folder);
    try {
      using mailProgram = await MailProgram.connect(proxy.port);
      await sendUntilRefused(mailProgram);
    } finally {
      await proxy.stop();
    }
    expect(server.heard.secured, 'the canaries went the way they must').toContain(PLAIN);
    const kept = await filesIn(state.folder);
    expect(canariesIn(kept)).toEqual([]);
    expect(canariesIn(proxy.log())).toEqual([]);
    expect(proxy.log()).toContain('"event":"proved"');
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
const CRASHES: Readonly<Record<string, { signal: NodeJS.Signals; ending: Ending; code: string }>> =
  {
    'is aborted': { signal: 'SIGABRT', ending: 'SIGABRT', code: '' },
    'throws what nobody catches': {
      signal: 'SIGUSR2',
      ending: 1,
      code: 'process.on("SIGUSR2",()=>{throw new Error("our_own_fault")})',
    },
    'loses a promise': {
      signal: 'SIGUSR2',
      ending: 1,
      code: 'process.on("SIGUSR2",()=>{void Promise.reject(new Error("our_own_fault"))})',
    },
    'runs out of memory': {
      signal: 'SIGUSR2',
      ending: 'SIGABRT',
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
  await using proxy = await startedWith(crash.code, place);
  using mailProgram = await MailProgram.connect(proxy.port);
  const sending = sendUntilRefused(mailProgram);
  await server.attacked;
  proxy.kill(crash.signal, crash.ending);
  await expect(sending).rejects.toThrow('the end');
  await waitUntil(
    () => server.isLeft,
    LIMIT_MS,
    () => 'the proxy did not crash',
  );
  if (crash.code.includes('our_own_fault')) expect(proxy.log()).toContain('our_own_fault');
  await expectNoCanary(place, proxy);
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
    // A server may name a recipient to who wrote it; nothing else comes back.
    expect(canariesIn(reply).filter((what) => what !== 'a recipient')).toEqual([]);
    if (/^[45]/.test(reply)) break;
  }
  return reply;
}

/** The real listener with real receipts, with a log of everything. */
async function listeningInFrontOf({ port }: HostileServer, folder: string) {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) });
  const receipts = await Receipts.open(folder, { log });
  const listener = await Listener.open({
    at: LOOPBACK,
    door: {
      server: { host: 'localhost', port, tls: 'implicit' },
      trust: [root.cert],
      deadlines: shortened(DEFAULT_DEADLINES, 500),
    },
    receipts,
    log,
  });
  const stop = async () => {
    await listener.stop();
    await receipts.close();
  };
  return { port: listener.port, log: () => lines.join(''), stop };
}

/** In the log, standard error included, in each file of the state folder, and on the screen. */
async function expectNoCanary(place: Place, proxy: ProxyProcess): Promise<void> {
  const shown = (await place.receipts()) + (await place.receipts('--json'));
  expect(canariesIn(proxy.log()), 'in the log').toEqual([]);
  expect(canariesIn(await filesIn(place.state)), 'in the receipts').toEqual([]);
  expect(canariesIn(shown), 'on the screen').toEqual([]);
}

async function filesIn(folder: string): Promise<string> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.join('');
}

/** Plain, in another letter case, or as a login carries it. */
function canariesIn(text: string): readonly string[] {
  const isIn = (canary: string) =>
    text.toLowerCase().includes(canary.toLowerCase()) || text.includes(base64(canary));
  return [...Object.entries(CANARIES), ['the login', PLAIN] as const]
    .filter(([, canary]) => isIn(canary))
    .map(([what]) => what);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64').replace(/=+$/, '');
}
