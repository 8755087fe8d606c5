import { expect, test } from 'vitest';
import {
  DRAFT,
  draftsSaying,
  MARKED,
  NEW_MESSAGE,
  openBackground,
  RUNNING,
  send,
  STARTING,
  TAB,
} from './background-page.ts';
import { TAB_ID } from './stand-in.ts';

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
    storedMessages: draftsSaying(['No']),
  });
  const { page } = opened;
  const headers = await page.evaluate(async (tabId) => {
    happenings.hanging.push('messages.getHeaders');
    const restored = happenings.fire('onMessage', { kind: 'read', tabId });
    await happenings.called('messages.getHeaders');
    const chosen = happenings.fire('onMessage', { kind: 'choose', tabId, requirement: 'required' });
    happenings.hanging.pop();
    await Promise.all([restored, chosen]);
    return happenings.composeWindow.customHeaders;
  }, TAB_ID);
  expect(headers).toEqual([{ name: 'X-TLS-Required', value: 'Yes' }]);
});

test('putting back what is saved does not make a draft ask to be saved', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(['Yes']),
  });
  const { customHeaders, isModified } = await opened.page.evaluate(async (tab) => {
    await happenings.fire('onCreated', tab);
    await happenings.called('composeAction.setBadgeBackgroundColor');
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
      storedMessages: draftsSaying([saved]),
      storage: STARTING,
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

test('the key pressed twice at once goes two steps', async () => {
  await using opened = await openBackground({});
  const value = await opened.page.evaluate(async (tab) => {
    const press = async () => happenings.fire('onCommand', 'cycle-requirement', tab);
    await Promise.all([press(), press()]);
    await happenings.fire('onMessage', { kind: 'read', tabId: 7 });
    return happenings.composeWindow.customHeaders[0]?.value;
  }, TAB);
  expect(value).toBe('No');
});

test('a window is not changed while its message is on its way', async () => {
  await using opened = await openBackground({});
  const { page } = opened;
  expect(await send(page)).toEqual({});
  await page.evaluate((tab) => happenings.fire('onCommand', 'cycle-requirement', tab), TAB);
  await page.waitForFunction(() => happenings.storage.session['window-7'] === 'choosing');
  expect(await page.evaluate(() => happenings.composeWindow.customHeaders)).toEqual([]);
  await page.evaluate((tab) => happenings.fire('onAfterSend', tab, {}), TAB);
  await page.waitForFunction(() => happenings.composeWindow.customHeaders.length === 1);
});

test('a click on a notification opens the page that has more to say', async () => {
  await using opened = await openBackground({});
  await opened.page.evaluate(() => happenings.fire('onClicked', 'notification'));
  await opened.page.waitForFunction(() => happenings.setupPagesOpened === 1);
  await opened.page.evaluate(() => happenings.fire('onClicked', 'unprotected-abc'));
  await opened.page.waitForFunction(() => happenings.openedPages[0] === '/receipts/page.html');
});

test('nothing is kept of a window that was closed', async () => {
  await using opened = await openBackground({ composeWindow: MARKED, storage: RUNNING });
  const { page } = opened;
  await page.evaluate(() => happenings.fire('onMessage', { kind: 'read', tabId: 7 }));
  await page.evaluate(() => {
    Object.assign(happenings.storage.session, {
      'not-sent-7': 'failed',
      'saved-7': true,
      'sending-7': 1,
      'lacking-7': 'smtp.example.net',
      'told-open-7': { at: 1, identityId: 'id1' },
    });
    return happenings.fire('onRemoved', 7);
  });
  await page.waitForFunction(() => !/7/.test(Object.keys(happenings.storage.session).join()));
});

test('the set-up page opens when the extension is installed, not when it is updated', async () => {
  await using opened = await openBackground({});
  const { page } = opened;
  await page.evaluate(() => happenings.fire('onInstalled', { reason: 'update' }));
  await page.evaluate(() => happenings.fire('onInstalled', { reason: 'install' }));
  await page.waitForFunction(() => happenings.setupPagesOpened > 0);
  expect(await page.evaluate(() => happenings.setupPagesOpened)).toBe(1);
});
