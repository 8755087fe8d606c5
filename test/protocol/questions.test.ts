import { pino } from 'pino';
import { expect, test } from 'vitest';
import { askSealed, type Pairing } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import type { Account } from '../../proxy/config.ts';
import type { ThunderbirdFolders } from '../../proxy/control-config.ts';
import type { ForecastConfiguration } from '../../proxy/forecast-config.ts';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { RunningProxy } from '../../proxy/running-proxy.ts';
import type { Answer } from '../../shared/control/api.ts';
import { DEFAULT_DEADLINES } from '../../proxy/submission/deadline.ts';
import { manyDomains } from '../forecast/many-domains.ts';
import { MailProgram } from '../hostile/mail-program.ts';
import { RecordingServer } from '../hostile/recording-server.ts';
import { root } from '../hostile/server-certificates.ts';
import {
  ALICE,
  preferencesWith,
  thunderbirdFolder,
  WORK,
  type ThunderbirdFolder,
} from '../hostile/thunderbird-folder.ts';
import { stateFolder } from '../receipt-files.ts';
import { stoppedClock } from '../stopped-clock.ts';
import { waitUntil } from '../wait-until.ts';
import { capturedTerminal } from './captured-terminal.ts';
import { LOOPBACK } from './relayed-session.ts';

const LIMIT_MS = 5000;
const IDENTITIES = { identity: ALICE, identities: [ALICE, WORK] };

type Asked = AsyncDisposable & {
  readonly proxy: RunningProxy;
  readonly home: RecordingServer;
  readonly work: RecordingServer;
  readonly pairing: Pairing;
};

/** A proxy with the accounts `home` and `work`, and a paired extension that asks it. */
async function askedProxy(
  thunderbird: ThunderbirdFolders,
  forecast?: ForecastConfiguration,
): Promise<Asked> {
  const state = await stateFolder();
  const home = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  const work = await RecordingServer.start({ offers: ['REQUIRETLS'] });
  const proxy = await RunningProxy.start({
    accounts: [accountAt('home', home), accountAt('work', work)],
    trust: [root.cert],
    deadlines: DEFAULT_DEADLINES,
    stateFolder: state.folder,
    control: LOOPBACK,
    thunderbird,
    forecast,
    log: pino({ level: 'silent' }),
    terminal: capturedTerminal(),
  });
  const code = (await proxy.firstCode())?.replaceAll('-', '') ?? '';
  const end = await pairWithProxy(proxy.control?.port ?? 0, code, 'Alice');
  if (end.kind !== 'paired') throw new Error(`it ended as ${end.kind}`);
  return {
    proxy,
    home,
    work,
    pairing: end.pairing,
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await home[Symbol.asyncDispose]();
      await work[Symbol.asyncDispose]();
      await state[Symbol.asyncDispose]();
    },
  };
}

function accountAt(name: string, { port }: RecordingServer): Account {
  const listen = { ...LOOPBACK, name: `${name}.localhost` };
  const server = { host: 'localhost', port, tls: 'implicit' } as const;
  return { name, listen, server, certificate: undefined };
}

/** A profile that sends through one account of the proxy, long enough to count. */
async function sendsThrough(folder: ThunderbirdFolder, asked: Asked, account: string) {
  const served = asked.proxy.served.find((one) => one.account.name === account);
  const port = served?.listener.port ?? 0;
  await folder.addProfile('default', preferencesWith({ port }));
  await waitUntil(
    async () => (await askedRoute(asked)).route.kind === 'through-proxy',
    LIMIT_MS,
    async () => JSON.stringify(await askedRoute(asked)),
  );
}

async function askedRoute({ pairing }: Asked): Promise<Answer<'route'>> {
  const said = await askSealed(pairing, { ask: 'route', ...IDENTITIES }, LIMIT_MS);
  if ('answer' in said) return said.answer;
  throw new Error(`${said.no}: ${said.detail}`);
}

test('hello: says who answers, which accounts there are, and where mail programs reach them', async () => {
  await using asked = await askedProxy('switched off');
  const { proxy, pairing, home, work } = asked;
  const ports = proxy.served.map(({ listener }) => listener.port);
  expect(await askSealed(pairing, { ask: 'hello' }, LIMIT_MS)).toEqual({
    answer: {
      version: '0.0.0',
      readsPreferences: false,
      accounts: [
        {
          name: 'home',
          host: 'home.localhost',
          port: ports[0],
          tls: false,
          server: `localhost:${home.port}`,
        },
        {
          name: 'work',
          host: 'work.localhost',
          port: ports[1],
          tls: false,
          server: `localhost:${work.port}`,
        },
      ],
    },
  });
});

test('route: by Thunderbird’s preferences, with the last message from the address', async () => {
  await using folder = await thunderbirdFolder();
  await using asked = await askedProxy([folder.folder]);
  await sendsThrough(folder, asked, 'work');
  const route = { kind: 'through-proxy', account: 'work', evidence: { by: 'preferences' } };
  const before = await askedRoute(asked);
  expect(before).toMatchObject({ route });
  expect(before).not.toHaveProperty('seen');

  await sendLetter(asked, 'K7');
  const after = await waitUntil(
    async () => {
      const answer = await askedRoute(asked);
      return answer.seen !== undefined && answer; // its receipt says relayed in a moment
    },
    LIMIT_MS,
    () => 'the message is not seen',
  );
  expect(after).toMatchObject({ route, seen: { server: 'localhost' } });
});

test('route: unknown where reading is switched off, and a probe says more', async () => {
  await using asked = await askedProxy('switched off');
  const { pairing } = asked;
  expect(await askSealed(pairing, { ask: 'route', ...IDENTITIES }, LIMIT_MS)).toEqual({
    answer: { route: { kind: 'unknown', why: 'switched off' } },
  });
  const probe = await askSealed(pairing, { ask: 'probe', identity: ALICE }, LIMIT_MS);
  if (!('answer' in probe)) throw new Error(`no nonce: ${probe.detail}`);
  const { nonce } = probe.answer;
  expect(await askSealed(pairing, { ask: 'probed', nonce }, LIMIT_MS)).toEqual({
    answer: { route: { kind: 'unknown', why: 'probe not seen' } },
  });
});

test('offer: what the server of an account offers; of no other account', async () => {
  await using asked = await askedProxy('switched off');
  const { pairing, home } = asked;
  expect(await askSealed(pairing, { ask: 'offer', account: 'home' }, LIMIT_MS)).toMatchObject({
    answer: { kind: 'proved', server: `localhost:${home.port}`, requireTls: true },
  });
  expect(await askSealed(pairing, { ask: 'offer', account: 'elsewhere' }, LIMIT_MS)).toEqual({
    no: 'failed',
    detail: 'The proxy has no account of the name "elsewhere".',
  });
});

test('compose: keeps the way warm that the identity’s mail takes, until the window closes', async () => {
  await using folder = await thunderbirdFolder();
  await using asked = await askedProxy([folder.folder]);
  await sendsThrough(folder, asked, 'work');
  const { pairing, proxy } = asked;
  const isWarm = () => proxy.served.filter(({ listener }) => listener.warm.isReady);
  const compose = async (open: boolean) =>
    askSealed(pairing, { ask: 'compose', window: 'w1', open, ...IDENTITIES }, LIMIT_MS);
  expect(await compose(true)).toEqual({ answer: {} });
  await waitUntil(
    () => isWarm().length > 0,
    LIMIT_MS,
    () => 'nothing is warm',
  );
  expect(isWarm().map(({ account }) => account.name)).toEqual(['work']);
  expect(await compose(false)).toEqual({ answer: {} });
  expect(isWarm()).toEqual([]);
});

test('outcomes and receipts: what became of a message, by the id in its marker', async () => {
  await using asked = await askedProxy('switched off');
  const { pairing } = asked;
  await sendLetter(asked, 'K7');
  const receipt = { markerId: 'K7', outcome: 'relayed', requirement: 'required' };
  const markerIds = ['K7', 'K8'];
  const outcomes = async () => {
    const said = await askSealed(pairing, { ask: 'outcomes', markerIds }, LIMIT_MS);
    return 'answer' in said ? said.answer.receipts : [];
  };
  const told = await waitUntil(
    async () => {
      const receipts = await outcomes();
      return receipts.some(({ outcome }) => outcome === 'relayed') && receipts;
    },
    LIMIT_MS,
    async () => JSON.stringify(await outcomes()),
  );
  expect(told).toMatchObject([receipt]);
  const all = await askSealed(pairing, { ask: 'receipts' }, LIMIT_MS);
  expect(all).toMatchObject({ answer: { receipts: [receipt], more: false } });
  expect(await askSealed(pairing, { ask: 'delete receipts' }, LIMIT_MS)).toEqual({ answer: {} });
  expect(await askSealed(pairing, { ask: 'receipts' }, LIMIT_MS)).toMatchObject({
    answer: { receipts: [] },
  });
});

test('F7: where nothing may leave, as in the demo, nothing about domains is answered', async () => {
  await using asked = await askedProxy('switched off');
  const domains = ['example.org'];
  const forecast = { ask: 'forecast', domains, probe: false, waitMs: 0 } as const;
  const resolver = { ask: 'resolver' } as const;
  const detail = 'The demo looks nothing up: nothing leaves this computer.';
  for (const question of [forecast, resolver] as const) {
    expect(await askSealed(asked.pairing, question, LIMIT_MS)).toEqual({ no: 'failed', detail });
  }
});

test('a proxy that stops answers no question any more', async () => {
  await using asked = await askedProxy('switched off');
  await asked.proxy.stop();
  expect(await askSealed(asked.pairing, { ask: 'hello' }, LIMIT_MS)).toMatchObject({
    no: 'no answer',
  });
});

test('a proxy that stops ends its look-ups, and says so to whoever waits for them', async () => {
  await using resolver = await manyDomains({ silent: true });
  await using asked = await askedProxy('switched off', {
    resolver: parseResolver(resolver.address),
    probe: false,
    policyPort: 443,
    mxPort: 25,
    trust: [],
    rootAnchorFile: undefined,
    allowSpecialAddresses: false,
  });
  using _clock = stoppedClock(); // no look-up ends by itself
  const domains = ['d.example'];
  const question = { ask: 'forecast', domains, probe: false, waitMs: 5000 } as const;
  const told = askSealed(asked.pairing, question, LIMIT_MS);
  await expect.poll(() => resolver.asked.length).toBeGreaterThan(0);
  await asked.proxy.stop();
  expect(await told).toMatchObject({ answer: { domains: [{ asked: 'd.example' }] } });
});

test('who asks for a probe has idle connections closed: over those it would tell of the past', async () => {
  await using asked = await askedProxy('switched off');
  using idle = await whoHasSent(asked, 'K1');
  using busy = await whoHasSent(asked, 'K2');
  await busy.ask(`MAIL FROM:<${ALICE.address}>`);
  const answered = await askSealed(asked.pairing, { ask: 'probe', identity: ALICE }, LIMIT_MS);
  expect(answered).toHaveProperty('answer.nonce');
  expect(await idle.reply('nothing')).toMatch(/^421 /);
  expect(await busy.ask('RCPT TO:<b@c.example>')).toMatch(/^250 /);
});

async function sendLetter(asked: Asked, id: string): Promise<void> {
  using _mailProgram = await whoHasSent(asked, id);
}

/** A mail program that keeps its connection after a message. */
async function whoHasSent({ proxy }: Asked, id: string): Promise<MailProgram> {
  const port = proxy.served.find(({ account }) => account.name === 'work')?.listener.port ?? 0;
  const mailProgram = await MailProgram.connect(port);
  await mailProgram.reply('the connection');
  const letter = `X-TLS-Required: Yes; id=${id}\r\nSubject: hi\r\n\r\nhello\r\n.`;
  const from = `MAIL FROM:<${ALICE.address}>`;
  let reply = '';
  for (const said of ['EHLO [127.0.0.1]', from, 'RCPT TO:<b@c.example>', 'DATA', letter]) {
    reply = await mailProgram.ask(said);
  }
  if (!reply.startsWith('250')) throw new Error(`it was not sent: ${reply}`);
  return mailProgram;
}
