import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { openAccountSettings, switchServer, type AccountSettings } from './account-settings.ts';
import type { AddOn } from './add-on.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { hang } from './hung-process.ts';
import { keptBack } from './kept-back.ts';
import { startNewsServer } from './news-server.ts';
import type { PairedProxies } from './paired-proxies.ts';
import { identityKey, serverKey, type Identity } from './profile.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';
import { startSquatter } from './squatter.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Her mail goes to a plain server, which knows nothing of markers. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const ALICE_AT = 0;
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Test results',
  body: 'All is well.',
} as const;

type Scene = {
  readonly thunderbird: Thunderbird;
  readonly addOn: AddOn;
  readonly proxies: PairedProxies;
  readonly plain: Recorder;
  readonly upstream: RecordingUpstream;
};

async function setScene(scene: Scene): Promise<void> {
  await scene.thunderbird.sendThrough(scene.upstream.port, ALICE_AT);
  await scene.thunderbird.sendThrough(scene.plain.port, CAROL_AT);
}

async function writtenBy(thunderbird: Thunderbird, position: number): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  if (position !== ALICE_AT) await window.writeAs(identityKey(position));
  return window;
}

/** What keeps somebody from asking the proxy, and what the person reads then. */
const CASES: readonly (readonly [
  when: string,
  says: (scene: Scene) => string,
  arrange: (scene: Scene) => Promise<AsyncDisposable>,
])[] = [
  [
    'freshly paired',
    ({ plain }) => `carol@elsewhere.example sends through 127.0.0.1:${plain.port}`,
    async () => nothing(),
  ],
  ['not paired', () => 'not paired with its proxy yet', async ({ addOn }) => withoutPairing(addOn)],
  [
    'the proxy stopped',
    () => 'The Require TLS proxy does not answer',
    async ({ upstream }) => {
      await upstream.proxy.stop();
      return nothing();
    },
  ],
  [
    'the proxy hanging',
    () => 'The Require TLS proxy does not answer',
    async ({ upstream }) => hang(upstream.proxy),
  ],
  [
    'another program in place of the proxy',
    () => 'cannot prove that it is the proxy',
    async ({ upstream, proxies }) => {
      await upstream.proxy.stop();
      return startSquatter(proxies.controlPort);
    },
  ],
];

test.for(CASES)(
  'a marked message by another server is kept back: %s',
  async ([, says, arrange], { thunderbird, addOn, proxies }) => {
    await using plain = await startRecorder();
    await using upstream = await startRecordingUpstream(proxies);
    const scene = { thunderbird, addOn, proxies, plain, upstream };
    await setScene(scene);
    const window = await writtenBy(thunderbird, CAROL_AT);

    {
      await using _ = await arrange(scene);
      for (const [choice, label] of [
        ['required', 'Require TLS'],
        ['optional', 'Deliver anyway'],
      ] as const) {
        await window.choose(choice);
        await window.clickSend();
        expect(await keptBack(thunderbird, window)).toContain(says(scene));
        expect(await window.buttonLabel()).toBe(label);
      }
      expect(plain.connections()).toBe(0);
      expect(upstream.arrived()).toEqual([]);
    }

    // Unmarked it may go any way: nothing is asked then, and nothing can be lost.
    await window.choose('default');
    await window.send();
    expect(plain.messages().map((message) => message.field('X-TLS-Required'))).toEqual([[]]);
  },
);

test('the same message is sent from the identity that sends through the proxy', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port, ALICE_AT);
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  const window = await writtenBy(thunderbird, CAROL_AT);
  await window.choose('required');
  await window.clickSend();
  await keptBack(thunderbird, window);

  await window.writeAs(identityKey(ALICE_AT));
  await window.send();

  expect(await upstream.requirements()).toEqual(['required']);
  expect(plain.connections()).toBe(0);
});

test('a message is kept back when the identity is switched in its window and Send pressed at once', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port, ALICE_AT);
  await thunderbird.sendThrough(plain.port, CAROL_AT);

  for (const choice of ['required', 'optional'] as const) {
    const window = await writtenBy(thunderbird, ALICE_AT);
    await window.choose(choice);
    await window.writeAs(identityKey(CAROL_AT));
    await window.clickSend();
    expect(await keptBack(thunderbird, window)).toMatch(elsewhereOrChanged(plain));
  }
  expect(plain.connections()).toBe(0);
});

test('a marked message is sent though the proxy stood still for longer than one answer may take', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port, ALICE_AT);
  const window = await writtenBy(thunderbird, ALICE_AT);
  await window.choose('required');
  {
    await using _ = hang(upstream.proxy);
    await window.clickSend();
    // The first question has run out of time, and the second one has not.
    await pause(4_000);
  }

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked message is kept back while Thunderbird may still hold a connection to the former server', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(plain.port, ALICE_AT);
  const waiting = await writtenBy(thunderbird, ALICE_AT);
  await waiting.choose('required');
  await (await writtenBy(thunderbird, ALICE_AT)).send();

  await moveServer(thunderbird, upstream.port);
  await waiting.clickSend();

  expect(await keptBack(thunderbird, waiting)).toContain('settings have changed just now');
  expect(plain.messages().map((message) => message.field('X-TLS-Required'))).toEqual([[]]);
  expect(upstream.arrived()).toEqual([]);
});

test('a marked message that also goes to a newsgroup is kept back, and nothing is posted', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using news = await startNewsServer();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port, ALICE_AT);
  const window = await writtenBy(thunderbird, ALICE_AT);
  await addOn.run(async ({ messenger: { tabs, compose } }, newsgroup) => {
    const [tab] = await tabs.query({ type: 'messageCompose' });
    if (tab !== undefined) await compose.setComposeDetails(tab.id, { newsgroups: [newsgroup] });
  }, `news://127.0.0.1:${news.port}/test.group`);

  await window.choose('required');
  await window.clickSend();

  expect(await keptBack(thunderbird, window)).toContain('also goes to a newsgroup');
  expect(news.heard()).toEqual([]);
  expect(upstream.arrived()).toEqual([]);
});

/** How an identity's outgoing server is changed just before Send, and how long before. */
const CHANGES: readonly (readonly [
  how: string,
  change: (thunderbird: Thunderbird) => Promise<AsyncDisposable>,
])[] = [
  [
    'in the open Account Settings, at once',
    async (thunderbird) => {
      const settings = await openedLongAgo(thunderbird);
      await settings.chooseServerOf(CAROL_AT);
      return settings;
    },
  ],
  [
    'in the open Account Settings, a second ago',
    async (thunderbird) => {
      const settings = await openedLongAgo(thunderbird);
      await settings.chooseServerOf(CAROL_AT);
      await aSecond();
      return settings;
    },
  ],
  [
    'in the Account Settings, closed a second ago',
    async (thunderbird) => {
      const settings = await openedLongAgo(thunderbird);
      await settings.chooseServerOf(CAROL_AT);
      await settings.close();
      await aSecond();
      return nothing();
    },
  ],
  [
    'at the identity itself, as its dialog does, with the Account Settings open',
    async (thunderbird) => {
      const settings = await openedLongAgo(thunderbird);
      await switchServer(thunderbird.mainWindow, identityKey(ALICE_AT), serverKey(CAROL_AT));
      return settings;
    },
  ],
  [
    'at the identity itself, as its dialog does, and the Account Settings closed at once',
    async (thunderbird) => {
      const settings = await openedLongAgo(thunderbird);
      await switchServer(thunderbird.mainWindow, identityKey(ALICE_AT), serverKey(CAROL_AT));
      await settings.close();
      return nothing();
    },
  ],
];

test.for(CHANGES)(
  'a marked message is kept back when its way was changed %s',
  async ([, change], { thunderbird, proxies }) => {
    await using plain = await startRecorder();
    await using upstream = await startRecordingUpstream(proxies);
    await thunderbird.sendThrough(upstream.port, ALICE_AT);
    await thunderbird.sendThrough(plain.port, CAROL_AT);
    const window = await writtenBy(thunderbird, ALICE_AT);
    await window.choose('required');

    {
      await using _ = await change(thunderbird);
      await window.command('cmd_sendNow');
      expect(await keptBack(thunderbird, window)).toMatch(elsewhereOrChanged(plain));
    }
    expect(plain.connections()).toBe(0);

    await switchServer(thunderbird.mainWindow, identityKey(ALICE_AT), serverKey(ALICE_AT));
    await thunderbird.settlePreferences();
    await window.send();
    expect(await upstream.requirements()).toEqual(['required']);
    expect(plain.connections()).toBe(0);
  },
);

/** Thunderbird may write its preferences several times after a change; either keeps it back. */
function elsewhereOrChanged({ port }: Recorder): RegExp {
  return new RegExp(`127\\.0\\.0\\.1:${port}|settings have changed just now`);
}

/** The open Account Settings, in which nothing has been changed for long. */
async function openedLongAgo(thunderbird: Thunderbird): Promise<AccountSettings> {
  const settings = await openAccountSettings(thunderbird.mainWindow);
  await thunderbird.settlePreferences();
  return settings;
}

/** Gives Alice's server another port as its dialog does, which closes no connection. */
async function moveServer({ mainWindow }: Thunderbird, port: number): Promise<void> {
  await mainWindow.run(
    ({ MailServices }, key, to) => {
      MailServices.outgoingServer.getServerByKey(key).wrappedJSObject.port = to;
    },
    serverKey(ALICE_AT),
    port,
  );
}

/** Takes the key away from the extension, until it is put back. */
async function withoutPairing(addOn: AddOn): Promise<AsyncDisposable> {
  const pairing = await addOn.run(async ({ messenger: { storage } }) => {
    const { pairing: known } = await storage.local.get('pairing');
    await storage.local.remove('pairing');
    return known ?? null;
  });
  return {
    [Symbol.asyncDispose]: async () =>
      addOn.run(
        async ({ messenger: { storage } }, known) => storage.local.set({ pairing: known }),
        pairing,
      ),
  };
}

/** So long ago is the change then: the clock that counts is that of Thunderbird's own file. */
async function aSecond(): Promise<void> {
  const changed = performance.now();
  await eventually('a second to pass', async () => performance.now() - changed >= 1_000);
}

function nothing(): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => undefined };
}
