import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { EMPTY_PAGE, openPage, type OpenedPage } from './opened-page.ts';
import { type ComposeWindow, type Surroundings, TAB_ID } from './stand-in.ts';

const TAB = { id: TAB_ID, windowId: 1, type: 'messageCompose' };

const NEW_MESSAGE: ComposeWindow = {
  type: 'new',
  identityId: 'id1',
  customHeaders: [],
  isModified: false,
};

const DRAFT: ComposeWindow = { ...NEW_MESSAGE, type: 'draft', relatedMessageId: 11 };

const MARKED: ComposeWindow = {
  ...NEW_MESSAGE,
  customHeaders: [{ name: 'X-Tls-Required', value: 'Yes' }],
};

const CONFIRMED = { local: { confirmedIdentities: { id1: 'ada@example.org' } }, session: {} };

/** As it is once the background page has run: the windows that were open then are known. */
const RUNNING = { ...CONFIRMED, session: { started: true } };

async function openBackground(around: Partial<Surroundings>): Promise<OpenedPage> {
  const opened = await openPage(EMPTY_PAGE, {
    withBackground: true,
    around: { storage: RUNNING, ...around },
  });
  await opened.page.evaluate(() => backgroundPage);
  return opened;
}

/** What the extension answers when Thunderbird asks before sending. */
async function send(page: Page): Promise<unknown> {
  const [answer] = await page.evaluate((tab) => happenings.fire('onBeforeSend', tab, {}), TAB);
  return answer;
}

/** Presses Send with a draft whose stored message has these marker fields. */
async function sendDraft(values: readonly string[]): Promise<unknown> {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: { 11: values.length === 0 ? {} : { 'x-tls-required': values } },
  });
  return await send(opened.page);
}

const marked = (value: 'Yes' | 'No') => ({
  details: {
    customHeaders: [
      {
        name: 'X-TLS-Required',
        value: expect.stringMatching(new RegExp(`^${value}; id=[A-Za-z0-9_-]{22}$`)),
      },
    ],
  },
});

test.each([
  { values: ['Yes'], sent: marked('Yes') },
  { values: [' no '], sent: marked('No') },
  { values: ['yes; id=earlier'], sent: marked('Yes') },
  { values: [], sent: {} },
])('a draft sent before it was seen to open keeps its choice: $values', async (example) => {
  expect(await sendDraft(example.values)).toEqual(example.sent);
});

test.each([
  [['garbage']],
  [['']],
  [['Yes', 'No']],
  [['Yes', 'Yes']],
  [['Yes, please']],
  [['=?utf-8?Q?Yes?=']],
  [['Yes; id=']],
  [[`Yes; id=${'a'.repeat(65)}`]],
  [['Y\u0435s']],
])('a draft with the marker %j is not sent', async (values) => {
  expect(await sendDraft(values)).toEqual({ cancel: true });
});

test('a draft whose choice cannot be read says so in a notification, the popup and the window', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: { 11: { 'x-tls-required': ['garbage'] } },
  });
  await send(opened.page);
  await opened.page.waitForFunction(() => happenings.popupsOpened === 1);
  const told = await opened.page.evaluate(() => [
    happenings.notifications.join(),
    happenings.storage.session['not-sent-7'],
    happenings.composeWindow.customHeaders[0]?.value,
  ]);
  expect(told).toEqual([
    expect.stringContaining('choice of TLS cannot be read'),
    'unreadable',
    'unreadable',
  ]);
});

test.each(['reply', 'forward', 'redirect'] as const)(
  'a %s does not inherit the choice of the message it is about',
  async (type) => {
    await using opened = await openBackground({
      composeWindow: { ...DRAFT, type },
      storedMessages: { 11: { 'x-tls-required': ['Yes'] } },
    });
    expect(await send(opened.page)).toEqual({});
  },
);

test('a draft that Thunderbird shows to no extension is not sent before the person chooses', async () => {
  await using opened = await openBackground({ composeWindow: { ...NEW_MESSAGE, type: 'draft' } });
  expect(await send(opened.page)).toEqual({ cancel: true });
  await opened.page.evaluate(
    (tabId) => happenings.fire('onMessage', { kind: 'choose', tabId, requirement: 'default' }),
    TAB_ID,
  );
  expect(await send(opened.page)).toEqual({});
});

test('each sending gets an id of its own', async () => {
  await using opened = await openBackground({ composeWindow: MARKED });
  expect(await send(opened.page)).not.toEqual(await send(opened.page));
});

test.each([
  { name: 'was never confirmed', confirmedIdentities: undefined },
  { name: 'has another address since', confirmedIdentities: { id1: 'ada@old.example' } },
  { name: 'is confirmed in a form nobody writes', confirmedIdentities: ['id1'] },
  { name: 'is confirmed without an address', confirmedIdentities: { id1: true } },
])('a marked message is not sent from an identity that $name', async (example) => {
  await using opened = await openBackground({
    composeWindow: MARKED,
    storage: { ...RUNNING, local: { confirmedIdentities: example.confirmedIdentities } },
  });
  expect(await send(opened.page)).toEqual({ cancel: true });
  await opened.page.waitForFunction(() => happenings.notifications.length === 1);
});

test('a Normal message is sent from an identity that was never confirmed', async () => {
  await using opened = await openBackground({ storage: { local: {}, session: {} } });
  expect(await send(opened.page)).toEqual({});
});

test.each([
  'compose.getComposeDetails',
  'compose.setComposeDetails',
  'messages.getHeaders',
  'storage.session.get',
  'storage.session.set',
  'storage.local.get',
  'identities.get',
])('a draft that asks for TLS is not sent when %s fails or never answers', async (method) => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: { 11: { 'x-tls-required': ['Yes'] } },
  });
  const { page } = opened;
  await page.evaluate((name) => happenings.failing.push(name), method);
  expect(await send(page)).toEqual({ cancel: true });

  await page.clock.install();
  await page.evaluate((name) => {
    happenings.failing.pop();
    happenings.hanging.push(name);
  }, method);
  const answer = send(page);
  await page.clock.runFor(10_000);
  expect(await answer).toEqual({ cancel: true });
});

test('a marker that another add-on wiped out is put back', async () => {
  await using opened = await openBackground({ composeWindow: MARKED });
  const { page } = opened;
  await send(page);
  await page.evaluate(() => {
    const customHeaders = [{ name: 'X-Other', value: 'mine' }];
    happenings.composeWindow = { ...happenings.composeWindow, customHeaders };
  });
  expect(await send(page)).toMatchObject({
    details: { customHeaders: [{ name: 'X-Other' }, { name: 'X-TLS-Required' }] },
  });
});

test('a choice that was cut off while it was written is not sent as the one before', async () => {
  await using opened = await openBackground({
    storage: { ...RUNNING, session: { started: true, 'window-7': 'choosing' } },
  });
  expect(await send(opened.page)).toEqual({ cancel: true });
});

test('choices made at once follow one another, and the headers of others survive them', async () => {
  await using opened = await openBackground({
    composeWindow: { ...NEW_MESSAGE, customHeaders: [{ name: 'X-Other', value: 'mine' }] },
  });
  const headers = await opened.page.evaluate(async (tabId) => {
    const choices = ['required', 'optional', 'required', 'optional'];
    await Promise.all(
      choices.map((requirement) =>
        happenings.fire('onMessage', { kind: 'choose', tabId, requirement }),
      ),
    );
    return happenings.composeWindow.customHeaders;
  }, TAB_ID);
  expect(headers).toEqual([
    { name: 'X-Other', value: 'mine' },
    { name: 'X-TLS-Required', value: 'No' },
  ]);
});

test('a choice that could not be written keeps the message from leaving as it was before', async () => {
  await using opened = await openBackground({});
  const { page } = opened;
  await page.evaluate(async (tabId) => {
    happenings.failing.push('compose.setComposeDetails');
    const choice = { kind: 'choose', tabId, requirement: 'required' };
    await happenings.fire('onMessage', choice).catch(() => undefined);
    happenings.failing.pop();
  }, TAB_ID);
  expect(await send(page)).toEqual({ cancel: true });
});

test('a choice made while the draft is still being read is not undone by it', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: { 11: { 'x-tls-required': ['No'] } },
  });
  const { page } = opened;
  const headers = await page.evaluate(async (tabId) => {
    happenings.hanging.push('messages.getHeaders');
    const restored = happenings.fire('onMessage', { kind: 'read', tabId });
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
    const chosen = happenings.fire('onMessage', { kind: 'choose', tabId, requirement: 'required' });
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
    happenings.hanging.pop();
    await Promise.all([restored, chosen]);
    return happenings.composeWindow.customHeaders;
  }, TAB_ID);
  expect(headers).toEqual([{ name: 'X-TLS-Required', value: 'Yes' }]);
});

test('putting back what is saved does not make a draft ask to be saved', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: { 11: { 'x-tls-required': ['Yes'] } },
  });
  const { customHeaders, isModified } = await opened.page.evaluate(async (tab) => {
    await happenings.fire('onCreated', tab);
    while (happenings.button['label'] === undefined) await new Promise(requestAnimationFrame);
    return happenings.composeWindow;
  }, TAB);
  expect({ customHeaders, isModified }).toEqual({
    customHeaders: [{ name: 'X-TLS-Required', value: 'Yes' }],
    isModified: false,
  });
});

test.each([
  { saved: 'Yes', label: 'Require TLS' },
  { saved: 'No', label: 'TLS: ?' },
])(
  'an extension started beside an open window believes its saved $saved only if it is the stricter',
  async ({ saved, label }) => {
    await using opened = await openBackground({
      composeWindow: DRAFT,
      storedMessages: { 11: { 'x-tls-required': [saved] } },
      storage: CONFIRMED,
    });
    await opened.page.waitForFunction((text) => happenings.button['label'] === text, label);
  },
);

test('the keyboard command goes round the three choices, and only in a compose window', async () => {
  await using opened = await openBackground({});
  const { page } = opened;
  const seen: unknown[] = [];
  for (const next of ['Require TLS', 'Deliver anyway', 'TLS: Normal', 'Require TLS']) {
    await page.evaluate((tab) => happenings.fire('onCommand', 'cycle-requirement', tab), TAB);
    await page.waitForFunction((label) => happenings.button['label'] === label, next);
    seen.push(await page.evaluate(() => happenings.composeWindow.customHeaders[0]?.value));
  }
  expect(seen).toEqual(['Yes', 'No', undefined, 'Yes']);

  await page.evaluate(() => happenings.fire('onCommand', 'cycle-requirement', { type: 'mail' }));
  expect(await page.evaluate(() => happenings.composeWindow.customHeaders.length)).toBe(1);
});

test('nothing is kept of a window that was closed', async () => {
  await using opened = await openBackground({ composeWindow: MARKED, storage: RUNNING });
  const { page } = opened;
  await page.evaluate(() => happenings.fire('onMessage', { kind: 'read', tabId: 7 }));
  await page.evaluate(() => {
    happenings.storage.session['not-sent-7'] = 'failed';
    return happenings.fire('onRemoved', 7);
  });
  await page.waitForFunction(() => Object.keys(happenings.storage.session).join() === 'started');
});

test('the set-up page opens when the extension is installed, not when it is updated', async () => {
  await using opened = await openBackground({});
  const { page } = opened;
  await page.evaluate(() => happenings.fire('onInstalled', { reason: 'update' }));
  await page.evaluate(() => happenings.fire('onInstalled', { reason: 'install' }));
  await page.waitForFunction(() => happenings.setupPagesOpened > 0);
  expect(await page.evaluate(() => happenings.setupPagesOpened)).toBe(1);
});
