import { expect, test } from 'vitest';
import {
  DRAFT,
  draftsSaying,
  MARKED,
  NEW_MESSAGE,
  openBackground,
  RUNNING,
  send,
  TAB,
} from './background-page.ts';
import type { StoredMessage } from './stand-in.ts';

const OPENED = { ...RUNNING, session: { started: true, 'window-7': 'opened' } };

const CANCELLED = { cancel: true };

const marked = (value: string) => ({
  details: { customHeaders: [{ name: 'X-TLS-Required', value: expect.stringContaining(value) }] },
});

test.each([
  { name: 'no stored draft looks like it', drafts: [], answer: CANCELLED },
  { name: 'two look like it and disagree', drafts: [['Yes'], []], answer: CANCELLED },
  { name: 'two look like it and agree', drafts: [['Yes'], ['yes']], answer: marked('Yes') },
  { name: 'it was never marked, unlike the mail it answers', drafts: [[]], answer: {} },
])('a draft is sent as its stored one says: $name', async ({ drafts, answer }) => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(...drafts),
    storage: OPENED,
  });
  expect(await send(opened.page)).toEqual(answer);
});

test('a draft to somebody else is not taken for this one', async () => {
  const [answered, draft] = draftsSaying(['Yes']);
  if (answered === undefined || draft === undefined) throw new Error('no draft');
  const other: StoredMessage = { ...draft, id: 20, recipients: ['eve@example.net'], headers: {} };
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: [answered, other, draft],
    storage: OPENED,
  });
  expect(await send(opened.page)).toEqual(marked('Yes'));
});

const TEMPLATE: StoredMessage = {
  id: 11,
  folder: 'templates',
  author: 'Ada <ADA@example.org>',
  subject: 'The contract',
  recipients: [],
  headers: { 'x-tls-required': ['No'] },
};

test.each([
  { of: 'a template of one’s own', message: TEMPLATE, answer: marked('No') },
  { of: 'a mail that arrived', message: { ...TEMPLATE, folder: 'inbox' }, answer: {} },
  { of: 'a stranger’s mail', message: { ...TEMPLATE, author: 'eve@example.net' }, answer: {} },
] as const)('Deliver anyway comes along from $of or not: $answer', async ({ message, answer }) => {
  await using opened = await openBackground({
    composeWindow: { ...NEW_MESSAGE, relatedMessageId: 11 },
    storedMessages: [message],
    storage: OPENED,
  });
  expect(await send(opened.page)).toEqual(answer);
});

test('Deliver anyway is not brought back to a window that was not seen opening', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(['No']),
  });
  expect(await send(opened.page)).toEqual(CANCELLED);
});

test('a draft saved before its marker was put back is not sent, and asks to be saved', async () => {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying([]),
    storage: OPENED,
  });
  const { page } = opened;
  await page.evaluate((tab) => happenings.fire('onAfterSave', tab, { messages: [] }), TAB);
  await page.waitForFunction(() => happenings.storage.session['saved-7'] === true);
  expect(await send(page)).toEqual(CANCELLED);
  expect(await page.evaluate(() => happenings.composeWindow.isModified)).toBe(true);
});

test('a save that began before the choice was written makes the window ask to be saved', async () => {
  await using opened = await openBackground({
    composeWindow: MARKED,
    storedMessages: draftsSaying([]),
    storage: { ...RUNNING, session: { started: true, 'window-7': 'required' } },
  });
  const saved = { messages: [{ id: 12 }] };
  await opened.page.evaluate((given) => happenings.fire('onAfterSave', ...given), [TAB, saved]);
  await opened.page.waitForFunction(() => happenings.composeWindow.isModified);
});

test('what cannot be read stands in the window, so that a save keeps it', async () => {
  await using opened = await openBackground({ composeWindow: DRAFT, storage: OPENED });
  await opened.page.evaluate(() => happenings.fire('onMessage', { kind: 'read', tabId: 7 }));
  const headers = await opened.page.evaluate(() => happenings.composeWindow.customHeaders);
  expect(headers).toEqual([{ name: 'X-TLS-Required', value: 'unreadable' }]);
});

test('a known choice wins over an earlier one that another add-on writes back', async () => {
  await using opened = await openBackground({
    composeWindow: { ...MARKED, customHeaders: [{ name: 'X-Tls-Required', value: 'No' }] },
    storage: { ...RUNNING, session: { started: true, 'window-7': 'required' } },
  });
  expect(await send(opened.page)).toEqual(marked('Yes'));
});
