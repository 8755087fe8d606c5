import { expect, test } from 'vitest';
import {
  DRAFT,
  draftsSaying,
  MARKED,
  NEW_MESSAGE,
  openBackground,
  RUNNING,
  send,
  sendDraft,
} from './background-page.ts';
import { TAB_ID } from './stand-in.ts';

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
])('a draft sent before its choice was put back keeps its choice: $values', async (example) => {
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
    storedMessages: draftsSaying(['garbage']),
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
    { reason: 'unreadable' },
    'unreadable',
  ]);
});

test.each(['reply', 'forward', 'redirect'] as const)(
  'a %s does not inherit the choice of the message it is about',
  async (type) => {
    await using opened = await openBackground({
      composeWindow: { ...DRAFT, type },
      storedMessages: draftsSaying(['Yes']),
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

test('a Normal message is sent whoever knows its way', async () => {
  await using opened = await openBackground({ storage: { local: { pairing: null }, session: {} } });
  expect(await send(opened.page)).toEqual({});
  expect(opened.proxy.asked).toEqual([]);
});

test.each([
  'compose.getComposeDetails',
  'compose.setComposeDetails',
  'messages.getHeaders',
  'storage.session.get',
  'storage.session.set',
  'storage.local.get',
  'storage.local.set',
  'accounts.list',
  'tabs.query',
])('a draft that asks for TLS is not sent when %s fails or never answers', async (method) => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(['Yes']),
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
