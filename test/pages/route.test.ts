import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Question } from '../../shared/control/api.ts';
import type { Route } from '../../shared/control/route.ts';
import { MARKED, NEW_MESSAGE, openBackground, RUNNING, send, THROUGH } from './background-page.ts';
import type { Answers, Manner } from './control-server.ts';
import { TAB_ID } from './stand-in.ts';

/** More than an answer about the way may take. */
const TOO_LATE_MS = 3_500;

const CANCELLED = { cancel: true };

const SENT = {
  details: {
    customHeaders: [
      { name: 'X-TLS-Required', value: expect.stringMatching(/^Yes; id=[A-Za-z0-9_-]{22}$/) },
    ],
  },
};

const BY_PREFERENCES = { by: 'preferences', profile: 'abc.default', ageMs: 60_000 } as const;
const ELSEWHERE: Route = {
  kind: 'elsewhere',
  server: 'smtp.plain.example:587',
  evidence: BY_PREFERENCES,
};
const UNKNOWN = { kind: 'unknown', why: 'switched off' } as const;

const PROBE_PERMISSIONS = ['messages.send', 'messagesDelete'];

function answering(route: Route): Answers {
  return { ...THROUGH, route: { route } };
}

test('a marked message leaves when the proxy proves that it goes through it', async () => {
  const identities = [
    { id: 'id1', email: 'ada@example.org', name: 'Ada' },
    { id: 'id2', email: 'ada@example.net', name: 'Ada' },
    { id: 'id3', email: '', name: 'no address' },
  ];
  await using opened = await openBackground({ composeWindow: MARKED, identities });
  expect(await send(opened.page)).toEqual(SENT);
  expect(opened.proxy.asked).toContainEqual({
    ask: 'route',
    identity: { id: 'id1', address: 'ada@example.org' },
    identities: [
      { id: 'id1', address: 'ada@example.org' },
      { id: 'id2', address: 'ada@example.net' },
    ],
  });
});

test.each<{ route: Route; reason: string; says: string }>([
  { route: ELSEWHERE, reason: 'elsewhere', says: 'smtp.plain.example:587' },
  { route: UNKNOWN, reason: 'unknown', says: 'told not to read' },
  { route: { kind: 'unknown', why: 'no profile' }, reason: 'unknown', says: 'unusual folder' },
  { route: { kind: 'unknown', why: 'profiles disagree' }, reason: 'unknown', says: 'Several' },
  { route: { kind: 'unknown', why: 'just changed' }, reason: 'unknown', says: 'just now' },
  { route: { kind: 'unknown', why: 'unreadable' }, reason: 'unknown', says: 'cannot read' },
  {
    route: { kind: 'unknown', why: 'name is shared' },
    reason: 'unknown',
    says: 'same server name',
  },
  { route: { kind: 'unknown', why: 'probe not seen' }, reason: 'unknown', says: 'probe' },
])('a marked message whose way is $reason is not sent: $says', async ({ route, reason, says }) => {
  await using opened = await openBackground({ composeWindow: MARKED }, answering(route));
  const { page } = opened;
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() => happenings.popupsOpened === 1);
  const { told, stored } = await page.evaluate(() => ({
    told: happenings.notifications.join(),
    stored: happenings.storage.session['not-sent-7'],
  }));
  expect(told).toContain(says);
  expect(stored).toMatchObject({ reason });
});

function routesAsked(asked: readonly Question[]): number {
  return asked.filter((question) => question.ask === 'route').length;
}

test('a marked message leaves though the first answer came too late: the proxy is asked once more', async () => {
  let left = 1;
  const route = async () => {
    left -= 1;
    if (left >= 0) await pause(TOO_LATE_MS);
    return THROUGH.route;
  };
  await using opened = await openBackground({ composeWindow: MARKED }, { ...THROUGH, route });
  expect(await send(opened.page)).toEqual(SENT);
  expect(routesAsked(opened.proxy.asked)).toBe(2);
});

test('a marked message that is cancelled because it took too long is not looked for afterwards', async () => {
  // Thunderbird answers no more once the way is known.
  const asked: (() => Promise<void>)[] = [];
  const route = async () => {
    for (const each of asked) await each();
    return THROUGH.route;
  };
  await using opened = await openBackground({ composeWindow: MARKED }, { ...THROUGH, route });
  const { page } = opened;
  asked.push(() => page.evaluate(() => void happenings.hanging.push('compose.getComposeDetails')));
  expect(await send(page)).toEqual(CANCELLED);
  await page.waitForFunction(() =>
    JSON.stringify(happenings.storage.session['not-sent-7'] ?? '').includes('took too long'),
  );

  await page.evaluate(() => void happenings.hanging.splice(0));
  await pause(1_000);
  const stored = await page.evaluate(() => JSON.stringify(happenings.storage));
  expect(stored).toContain('not-sent-7');
  expect(stored).not.toMatch(/let go|let-go|sending-7/);
});

test.each<{ manner: Manner; reason: string }>([
  { manner: 'hangs', reason: 'no answer' },
  { manner: 'squats', reason: 'not proved' },
  { manner: 'forgot', reason: 'refused' },
])('a marked message is not sent when who has the proxy’s port $manner', async (example) => {
  await using opened = await openBackground({ composeWindow: MARKED });
  opened.proxy.manner = example.manner;
  const before = opened.proxy.heard.length;
  expect(await send(opened.page)).toEqual(CANCELLED);
  await opened.page.waitForFunction((reason) => {
    const told = happenings.storage.session['not-sent-7'];
    return typeof told === 'object' && JSON.stringify(told).includes(`"reason":"${reason}"`);
  }, example.reason);
  // Two challenges that nobody answers, or one and the question.
  expect(opened.proxy.heard.length - before).toBe(2);
});

test('a marked message is not sent when the proxy is stopped', async () => {
  await using opened = await openBackground({ composeWindow: MARKED });
  await opened.proxy[Symbol.asyncDispose]();
  expect(await send(opened.page)).toEqual(CANCELLED);
  await opened.page.waitForFunction(() => happenings.notifications.join().includes('Start it'));
});

test('a marked message is not sent when the proxy cannot find an answer', async () => {
  const route = { failed: 'The disk is full' };
  await using opened = await openBackground({ composeWindow: MARKED }, { ...THROUGH, route });
  expect(await send(opened.page)).toEqual(CANCELLED);
  await opened.page.waitForFunction(() => happenings.notifications.join().includes('disk is full'));
});

test.each([
  { name: 'nothing', pairing: undefined },
  { name: 'a key that is too short', pairing: { port: 8690, pairing: 'abc', key: 'AAAA' } },
  { name: 'a port that is none', pairing: { port: 0, pairing: 'abc', key: 'A'.repeat(43) } },
  { name: 'what earlier versions kept', confirmedIdentities: { id1: 'ada@example.org' } },
])('a marked message is not sent when $name is stored of a pairing', async (local) => {
  const { name: _name, ...stored } = local;
  await using opened = await openBackground({
    composeWindow: MARKED,
    storage: { ...RUNNING, local: { pairing: undefined, ...stored } },
  });
  expect(await send(opened.page)).toEqual(CANCELLED);
  await opened.page.waitForFunction(() => happenings.notifications.join().includes('not paired'));
  expect(opened.proxy.asked).toEqual([]);
});

test('a sender chosen in the window at the last moment is the one that is asked about', async () => {
  const identities = [
    { id: 'id1', email: 'ada@example.org', name: '' },
    { id: 'id2', email: 'ada@plain.example', name: '' },
  ];
  await using opened = await openBackground(
    { composeWindow: MARKED, identities },
    {
      ...THROUGH,
      route: ({ identity }) => (identity.id === 'id1' ? THROUGH.route : { route: ELSEWHERE }),
    },
  );
  const { page } = opened;
  expect(await send(page)).toEqual(SENT);
  await page.evaluate(() => {
    happenings.composeWindow = { ...happenings.composeWindow, identityId: 'id2' };
  });
  expect(await send(page)).toEqual(CANCELLED);
});

test('a sender that changes while the proxy is asked is not sent from', async () => {
  await using opened = await openBackground({ composeWindow: MARKED });
  const { page, proxy } = opened;
  proxy.answers = {
    ...THROUGH,
    route: async () => {
      await page.evaluate(() => {
        happenings.composeWindow = { ...happenings.composeWindow, identityId: 'id2' };
      });
      return THROUGH.route;
    },
  };
  expect(await send(page)).toEqual(CANCELLED);
});

test.each([
  { name: 'and the settings were written since', agoMs: 120_000, answer: CANCELLED },
  { name: 'and nothing has changed since', agoMs: 10_000, answer: SENT },
])('while another message is on its way $name, a marked one waits or goes', async (example) => {
  await using opened = await openBackground({
    composeWindow: MARKED,
    otherTabs: ['messageCompose'],
    storage: {
      ...RUNNING,
      session: { ...RUNNING.session, 'sending-8': Date.now() - example.agoMs },
    },
  });
  expect(await send(opened.page)).toEqual(example.answer);
});

test('a note of another message on its way is not believed once its window is closed', async () => {
  await using opened = await openBackground({
    composeWindow: MARKED,
    storage: { ...RUNNING, session: { ...RUNNING.session, 'sending-8': Date.now() - 120_000 } },
  });
  expect(await send(opened.page)).toEqual(SENT);
});

test.each([{ newsgroups: 'comp.mail' }, { newsgroups: ['', 'comp.mail'] }])(
  'a marked message to a newsgroup is not sent, since news passes no proxy: $newsgroups',
  async ({ newsgroups }) => {
    await using opened = await openBackground({ composeWindow: { ...MARKED, newsgroups } });
    const { page } = opened;
    expect(await send(page)).toEqual(CANCELLED);
    await page.waitForFunction(() => happenings.notifications.join().includes('newsgroup'));
    await page.evaluate(() => {
      happenings.composeWindow = { ...happenings.composeWindow, newsgroups: [] };
    });
    expect(await send(page)).toEqual(SENT);
  },
);

test.each([
  { name: 'the Account Settings may be open', otherTabs: ['special'], session: {} },
  { name: 'a tab was just closed', otherTabs: [], session: { 'tab-closed': Date.now() } },
])('while $name, Thunderbird is given time to write them down', async ({ otherTabs, session }) => {
  await using opened = await openBackground({
    composeWindow: MARKED,
    otherTabs,
    storage: { ...RUNNING, session: { ...RUNNING.session, ...session } },
  });
  const { page, proxy } = opened;
  await page.clock.install({ time: Date.now() });
  await page.evaluate(() => {
    if ('tab-closed' in happenings.storage.session) {
      happenings.storage.session['tab-closed'] = Date.now();
    }
  });
  const answer = send(page);
  await page.evaluate(() => happenings.called('tabs.query'));
  await page.clock.runFor(1_000);
  expect(proxy.asked).toEqual([]);
  await page.clock.runFor(300);
  expect(await answer).toEqual(SENT);
});

test('settings that have just changed are asked about again when they have settled', async () => {
  const justChanged = { route: { kind: 'unknown', why: 'just changed' } } as const;
  const answers = [justChanged, justChanged, THROUGH.route];
  await using opened = await openBackground(
    { composeWindow: MARKED },
    { ...THROUGH, route: () => answers.shift() ?? { route: ELSEWHERE } },
  );
  expect(await send(opened.page)).toEqual(SENT);
});

test('where the settings cannot be read a probe shows the way, if the person allows it', async () => {
  await using opened = await openBackground(
    { composeWindow: MARKED, permissions: PROBE_PERMISSIONS },
    { ...answering(UNKNOWN), probe: { nonce: 'nonce-of-the-probe' }, probed: THROUGH.route },
  );
  const { page, proxy } = opened;
  expect(await send(page)).toEqual(SENT);
  const [probe, ...more] = await page.evaluate(() => happenings.sentMessages);
  expect(more).toEqual([]);
  expect(probe).toMatchObject({
    identityId: 'id1',
    to: ['ada@example.org'],
    customHeaders: [{ name: 'X-TLS-Route-Probe', value: 'nonce-of-the-probe' }],
    overrideDefaultFccFolder: '',
  });
  expect(proxy.asked.map(({ ask }) => ask)).toEqual(['route', 'probe', 'probed']);
});

test.each([
  { composeHtml: false, as: { isPlainText: true, plainTextBody: expect.stringContaining('\r\n') } },
  {
    composeHtml: true,
    as: {
      isPlainText: false,
      deliveryFormat: 'plaintext',
      body: expect.stringMatching(/^<html><body>[^\r\n]*<br>[^\r\n]*<\/body><\/html>$/),
    },
  },
])('the probe is plain text where an identity composes in HTML: $composeHtml', async (example) => {
  const { composeHtml, as } = example;
  await using opened = await openBackground(
    {
      composeWindow: MARKED,
      identities: [{ id: 'id1', email: 'ada@example.org', name: '', composeHtml }],
      permissions: PROBE_PERMISSIONS,
    },
    { ...answering(UNKNOWN), probe: { nonce: 'nonce-of-the-probe' }, probed: THROUGH.route },
  );
  await send(opened.page);
  expect(await opened.page.evaluate(() => happenings.sentMessages[0])).toMatchObject(as);
});

test.each<{ name: string; probed: Route }>([
  { name: 'went elsewhere', probed: ELSEWHERE },
  { name: 'was not seen', probed: { kind: 'unknown', why: 'probe not seen' } },
])('a marked message is not sent after a probe that $name', async ({ probed }) => {
  await using opened = await openBackground(
    { composeWindow: MARKED, permissions: PROBE_PERMISSIONS },
    {
      ...answering(UNKNOWN),
      probe: { nonce: 'nonce-of-the-probe' },
      probed: { route: probed },
    },
  );
  expect(await send(opened.page)).toEqual(CANCELLED);
});

test.each(['failing', 'hanging'] as const)(
  'a marked message is not sent when sending the probe is %s',
  async (how) => {
    await using opened = await openBackground(
      { composeWindow: MARKED, permissions: PROBE_PERMISSIONS },
      { ...answering(UNKNOWN), probe: { nonce: 'nonce-of-the-probe' }, probed: THROUGH.route },
    );
    const { page } = opened;
    await page.evaluate((list) => happenings[list].push('messages.sendMessage'), how);
    expect(await send(page)).toEqual(CANCELLED);
    // Not because everything took too long, but because of the probe.
    await page.waitForFunction(() =>
      happenings.notifications.join().includes('The probe that was sent'),
    );
  },
);

test.each<{ name: string; route: Route; permissions: readonly string[] }>([
  { name: 'the settings say where it goes', route: ELSEWHERE, permissions: PROBE_PERMISSIONS },
  {
    name: 'its name leads to two programs',
    route: { kind: 'unknown', why: 'name is shared' },
    permissions: PROBE_PERMISSIONS,
  },
  { name: 'the person has not allowed it', route: UNKNOWN, permissions: ['messagesDelete'] },
])('no probe is sent where $name', async ({ route, permissions }) => {
  await using opened = await openBackground(
    { composeWindow: MARKED, permissions },
    { ...answering(route), probe: { nonce: 'nonce-of-the-probe' }, probed: THROUGH.route },
  );
  expect(await send(opened.page)).toEqual(CANCELLED);
  expect(await opened.page.evaluate(() => happenings.sentMessages)).toEqual([]);
});

const withNonce = (nonce: string) => ({ headers: { 'x-tls-route-probe': [nonce] } });

test('a probe that comes back is deleted, and nothing that this extension has not sent', async () => {
  const probe = {
    folder: 'inbox',
    author: 'ada@example.org',
    subject: 'Require TLS: is this the right way?',
    recipients: ['ada@example.org'],
  } as const;
  await using opened = await openBackground({
    permissions: PROBE_PERMISSIONS,
    storage: { ...RUNNING, local: { probes: ['of-this-extension'] } },
    storedMessages: [
      { ...probe, id: 1, ...withNonce('of-this-extension') },
      { ...probe, id: 2, ...withNonce('of-somebody-else') },
      { ...probe, id: 3, headers: {} },
      { ...probe, id: 4, subject: 'Another', ...withNonce('of-this-extension') },
    ],
  });
  const { page } = opened;
  await page.evaluate(async () => {
    const messages = happenings.storedMessages;
    await happenings.fire('onNewMailReceived', { id: 'inbox' }, { id: null, messages });
  });
  await page.waitForFunction(() => happenings.storedMessages.length === 3);
  expect(await page.evaluate(() => happenings.storedMessages.map(({ id }) => id))).toEqual([
    2, 3, 4,
  ]);
});

test('an open window is told to the proxy, anew with another sender, and when it closes', async () => {
  const identities = [
    { id: 'id1', email: 'ada@example.org', name: '' },
    { id: 'id2', email: 'ada@example.net', name: '' },
  ];
  await using opened = await openBackground({ composeWindow: NEW_MESSAGE, identities });
  const { page, proxy } = opened;
  const told = async (count: number) => {
    await expect
      .poll(() => proxy.asked.filter(({ ask }) => ask === 'compose').length, { timeout: 10_000 })
      .toBe(count);
    return proxy.asked.findLast(({ ask }) => ask === 'compose');
  };
  const tab = { id: TAB_ID, windowId: 1, type: 'messageCompose' };
  await page.evaluate((opening) => happenings.fire('onCreated', opening), tab);
  expect(await told(1)).toMatchObject({ window: 'tab-7', open: true, identity: { id: 'id1' } });

  await page.evaluate((changed) => {
    happenings.composeWindow = { ...happenings.composeWindow, identityId: 'id2' };
    return happenings.fire('onIdentityChanged', changed, 'id2');
  }, tab);
  expect(await told(2)).toMatchObject({ window: 'tab-7', open: true, identity: { id: 'id2' } });

  // A save soon after says nothing new.
  await page.evaluate((saved) => happenings.fire('onAfterSave', saved, { messages: [] }), tab);
  await page.evaluate((closed) => happenings.fire('onRemoved', closed), TAB_ID);
  expect(await told(3)).toMatchObject({ window: 'tab-7', open: false, identity: { id: 'id2' } });
});
