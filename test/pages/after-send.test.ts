import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { ShownReceipt } from '../../shared/control/api.ts';
import { MARKED, openBackground, RUNNING, send, TAB, THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';
import type { StoredMessage } from './stand-in.ts';

const MARKER_ID = 'marker-of-the-test';

const RELAYED: ShownReceipt = {
  id: 'receipt1',
  time: '2026-11-22T10:15:00.000Z',
  server: 'smtp.example.net:465',
  sender: 'ada@example.org',
  recipients: 1,
  domains: ['example.net'],
  markerId: MARKER_ID,
  requirement: 'required',
  adding: 'REQUIRETLS',
  outcome: 'relayed',
};

/** As it is after this extension has let a message of the window go. */
const LET_GO = {
  markerId: MARKER_ID,
  requirement: 'required',
  subject: 'The contract',
  time: Date.parse('2026-11-22T10:14:59.000Z'),
  window: 'run 7',
  state: 'let go',
};
const MARKED_AND_LET_GO = {
  local: { sentMessages: [{ ...LET_GO, time: Date.now() }] },
  session: { ...RUNNING.session, 'run-of-thunderbird': 'run' },
};

/** The same, when Thunderbird has been closed and started since and has said nothing of it. */
const LEFT_BEHIND = {
  local: { sentMessages: [{ ...LET_GO, time: Date.now() - 60_000 }] },
  session: { ...RUNNING.session, 'run-of-thunderbird': 'the next run' },
};

const DETAILS = {
  subject: 'The contract',
  customHeaders: [{ name: 'X-Tls-Required', value: `Yes; id=${MARKER_ID}` }],
};

const SENT_NOW = {
  mode: 'sendNow',
  headerMessageId: 'm1@example.org',
  messages: [],
  details: DETAILS,
};
const SENT_LATER = {
  mode: 'sendLater',
  messages: [{ headerMessageId: 'm1@example.org' }],
  details: DETAILS,
};

const OUTBOX: StoredMessage = {
  id: 31,
  folder: 'outbox',
  messageId: 'm1@example.org',
  author: 'ada@example.org',
  subject: 'The contract',
  recipients: ['bob@example.net'],
  headers: {},
};

function answering(...receipts: readonly ShownReceipt[]): Answers {
  return { ...THROUGH, outcomes: { receipts: [...receipts] } };
}

async function afterSend(page: Page, info: object): Promise<void> {
  await page.evaluate((given) => happenings.fire('onAfterSend', ...given), [TAB, info] as const);
}

/** Lets the alarm ring, and waits until what it set off is over. */
async function ring(page: Page, name = 'look-for-sent'): Promise<void> {
  await page.evaluate(async (alarm) => {
    await happenings.fire('onAlarm', { name: alarm });
    await navigator.locks.request('look-for-sent', () => undefined);
  }, name);
}

async function stored(page: Page, key: string): Promise<unknown> {
  return await page.evaluate((name) => happenings.storage.local[name], key);
}

async function nothingIsLeft(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const kept = happenings.storage.local['sentMessages'];
    return Array.isArray(kept) && kept.length === 0;
  });
}

test('a message that the proxy has relayed needs no word', async () => {
  await using opened = await openBackground({}, answering(RELAYED));
  await afterSend(opened.page, SENT_NOW);
  await nothingIsLeft(opened.page);
  expect(await opened.page.evaluate(() => happenings.notifications)).toEqual([]);
  expect(opened.proxy.asked).toContainEqual({ ask: 'outcomes', markerIds: [MARKER_ID] });
});

test('what Thunderbird sent and the proxy never saw is announced and remembered', async () => {
  await using opened = await openBackground({}, answering());
  const { page } = opened;
  await afterSend(page, SENT_NOW);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await page.evaluate(() => happenings.notifications[0])).toMatch(
    /The contract.* the proxy never saw it with your choice/,
  );
  expect(await stored(page, 'not-relayed')).toMatchObject([
    { kind: 'never seen', markerId: MARKER_ID, subject: 'The contract' },
  ]);
  expect(opened.proxy.asked.filter(({ ask }) => ask === 'outcomes').length).toBe(3);

  // Once is enough.
  await ring(page);
  expect(await page.evaluate(() => happenings.notifications.length)).toBe(1);
});

test('a message from which another add-on took the marker is looked for all the same', async () => {
  await using opened = await openBackground({ composeWindow: MARKED }, answering());
  const { page, proxy } = opened;
  const answer = JSON.stringify(await send(page));
  await page.evaluate((tabId) => happenings.fire('onRemoved', tabId), TAB.id);
  await afterSend(page, { ...SENT_NOW, details: { ...DETAILS, customHeaders: [] } });
  await page.waitForFunction(() => happenings.notifications.length === 1);
  const asked = proxy.asked.find(({ ask }) => ask === 'outcomes');
  const [markerId = 'none'] = asked?.ask === 'outcomes' ? asked.markerIds : [];
  expect(answer).toContain(`Yes; id=${markerId}`);
});

test('a message that is Normal at last is not taken for the one that was held back', async () => {
  await using opened = await openBackground({ storage: MARKED_AND_LET_GO }, answering());
  const { page } = opened;
  expect(await send(page)).toEqual({});
  expect(await stored(page, 'sentMessages')).toEqual([]);
  await afterSend(page, { ...SENT_NOW, details: { ...DETAILS, customHeaders: [] } });
  await ring(page);
  expect(await stored(page, 'sentMessages')).toEqual([]);
});

test.each<{ name: string; receipt: Partial<ShownReceipt> }>([
  { name: 'with another choice', receipt: { requirement: 'optional', adding: 'TLS-Required: No' } },
  { name: 'as Normal', receipt: { requirement: 'default', adding: 'nothing' } },
  { name: 'by another choice', receipt: { requirement: 'optional' } },
  { name: 'without REQUIRETLS', receipt: { adding: 'nothing' } },
  {
    name: 'perhaps, with another choice',
    receipt: { requirement: 'optional', outcome: 'unknown' },
  },
])('a message that went $name is announced', async ({ receipt }) => {
  await using opened = await openBackground(
    { storage: MARKED_AND_LET_GO },
    answering({ ...RELAYED, ...receipt }),
  );
  const { page } = opened;
  await afterSend(page, SENT_NOW);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await page.evaluate(() => happenings.notifications[0])).toContain('another choice');
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'other choice' }]);
});

test('a message that went as it was to needs no word', async () => {
  await using opened = await openBackground({ storage: MARKED_AND_LET_GO }, answering(RELAYED));
  await afterSend(opened.page, SENT_NOW);
  await nothingIsLeft(opened.page);
  expect(await opened.page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('a receipt that comes a little later is waited for', async () => {
  const receipts: ShownReceipt[] = [];
  await using opened = await openBackground({}, { ...THROUGH, outcomes: () => ({ receipts }) });
  const { page, proxy } = opened;
  await afterSend(page, SENT_NOW);
  await expect.poll(() => proxy.asked.some(({ ask }) => ask === 'outcomes')).toBe(true);
  receipts.push(RELAYED);
  await nothingIsLeft(page);
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('a proxy that is down says nothing about a message, and is asked again at start', async () => {
  await using opened = await openBackground({}, answering());
  const { page, proxy } = opened;
  proxy.manner = 'squats';
  await afterSend(page, SENT_NOW);
  await expect.poll(() => proxy.asked.length).toBeGreaterThan(0);
  await ring(page);
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
  expect(await stored(page, 'sentMessages')).toMatchObject([
    { markerId: MARKER_ID, state: 'sent' },
  ]);

  proxy.manner = 'answers';
  await page.evaluate(() => happenings.fire('onStartup'));
  await page.waitForFunction(() => happenings.notifications.length === 1);
});

test('a message in the Outbox is waited for, and announced when it left past the proxy', async () => {
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering());
  const { page, proxy } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await ring(page);
  await expect.poll(() => stored(page, 'sentMessages')).toMatchObject([{ state: 'outbox' }]);
  expect(proxy.asked.filter(({ ask }) => ask === 'outcomes')).toEqual([]);

  await page.evaluate(() => {
    happenings.storedMessages = happenings.storedMessages.map((one) => ({
      ...one,
      folder: 'sent',
    }));
  });
  await ring(page);
  await page.waitForFunction(() => happenings.notifications.length === 1);
});

test('a message of the Outbox that is nowhere any more is announced as uncertain', async () => {
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering());
  const { page } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await page.evaluate(() => {
    happenings.storedMessages = [];
  });
  await ring(page);
  await expect.poll(() => stored(page, 'sentMessages')).toMatchObject([{ state: 'gone' }]);
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
  expect(await page.evaluate(() => happenings.alarms)).toContain('look-for-sent-soon');
  await ring(page, 'look-for-sent-soon');
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await page.evaluate(() => happenings.notifications[0])).toContain('cannot confirm');
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'lost track' }]);
});

test('a message of the Outbox without a copy is settled by its receipt', async () => {
  await using opened = await openBackground({ storedMessages: [] }, answering(RELAYED));
  await afterSend(opened.page, SENT_LATER);
  await opened.page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await ring(opened.page);
  await nothingIsLeft(opened.page);
  expect(await opened.page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('a message that was refused once and then left past the proxy is announced', async () => {
  const refused: ShownReceipt = { ...RELAYED, outcome: 'refused' };
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering(refused));
  const { page } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await ring(page);
  await page.evaluate(() => {
    happenings.storedMessages = happenings.storedMessages.map((one) => ({
      ...one,
      folder: 'sent',
    }));
  });
  await ring(page);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'never seen' }]);
});

test('a receipt of long before the message was last in the Outbox is of an earlier try', async () => {
  const sent = { ...LET_GO, state: 'sent', time: Date.now(), inOutbox: Date.now() };
  const earlier = { ...RELAYED, time: new Date(Date.now() - 10 * 60_000).toISOString() };
  await using opened = await openBackground(
    { storage: { ...RUNNING, local: { sentMessages: [sent] } } },
    answering(earlier),
  );
  await ring(opened.page);
  expect(await stored(opened.page, 'not-relayed')).toMatchObject([{ kind: 'never seen' }]);
});

test('an unknown outcome of what Thunderbird says it sent becomes loud when it stays so', async () => {
  const sent = { ...LET_GO, state: 'sent', time: Date.now() - 16 * 60_000 };
  await using opened = await openBackground(
    { storage: { ...RUNNING, local: { sentMessages: [sent] } } },
    answering({ ...RELAYED, outcome: 'unknown' }),
  );
  await ring(opened.page);
  expect(await stored(opened.page, 'not-relayed')).toMatchObject([{ kind: 'lost track' }]);
});

const COPY: StoredMessage = {
  ...OUTBOX,
  messageId: 'told-by-nobody@example.org',
  headers: { 'x-tls-required': [`Yes; id=${MARKER_ID}`] },
};

test('a message of which Thunderbird never says anything is found by its marker', async () => {
  await using opened = await openBackground(
    { storage: LEFT_BEHIND, storedMessages: [{ ...COPY, id: 40, headers: {} }, COPY] },
    answering(),
  );
  const { page } = opened;
  await ring(page);
  expect(await stored(page, 'sentMessages')).toMatchObject([
    { state: 'outbox', messageId: 'told-by-nobody@example.org' },
  ]);
  await page.evaluate(() => {
    happenings.storedMessages = happenings.storedMessages.map((one) => ({
      ...one,
      folder: 'sent',
    }));
  });
  await ring(page);
  await page.waitForFunction(() => happenings.notifications.length === 1);
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'never seen' }]);
});

test('a message that another add-on held back and the person saved is not looked for', async () => {
  await using opened = await openBackground(
    { storage: LEFT_BEHIND, storedMessages: [{ ...COPY, folder: 'drafts' }] },
    answering(),
  );
  await ring(opened.page);
  await nothingIsLeft(opened.page);
  expect(await opened.page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('a message whose window is still open has not left', async () => {
  const waiting = { ...MARKED_AND_LET_GO, local: LEFT_BEHIND.local };
  await using opened = await openBackground({ storage: waiting }, answering());
  await ring(opened.page);
  await ring(opened.page);
  expect(await stored(opened.page, 'sentMessages')).toMatchObject([{ state: 'let go' }]);
});

test.each([
  { name: 'with a copy', copies: ['sent'], kind: 'never seen' },
  { name: 'without one', copies: [], kind: 'lost track' },
] as const)('a message that leaves the Outbox $name is announced soon', async (example) => {
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering());
  const { page } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await page.clock.install({ time: Date.now() });
  await page.evaluate(async (copies) => {
    const outbox = { id: 'outbox', specialUse: ['outbox'] };
    happenings.storedMessages = happenings.storedMessages.flatMap((one) =>
      copies.map((folder) => ({ ...one, folder })),
    );
    await happenings.fire('onDeleted', { id: null, messages: [{ id: 31, folder: outbox }] });
  }, example.copies);
  await expect
    .poll(
      async () => {
        await page.clock.runFor(1_000);
        return await stored(page, 'not-relayed');
      },
      { timeout: 20_000 },
    )
    .toMatchObject([{ kind: example.kind }]);
});

test('other messages that are deleted make nobody look', async () => {
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering());
  const { page, proxy } = opened;
  await page.clock.install({ time: Date.now() });
  await page.evaluate(() => {
    const inbox = { id: 'inbox', specialUse: ['inbox'] };
    return happenings.fire('onDeleted', { id: null, messages: [{ id: 5, folder: inbox }] });
  });
  await page.clock.runFor(20_000);
  expect(await stored(page, 'sentMessages')).toBe(undefined);
  expect(proxy.asked).toEqual([]);
});

test('a message that the person takes out of the Outbox is forgotten', async () => {
  await using opened = await openBackground({ storedMessages: [OUTBOX] }, answering());
  const { page } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await page.evaluate(
    (lists) => happenings.fire('onMoved', ...lists),
    ['outbox', 'trash'].map((use) => ({
      id: null,
      messages: [{ headerMessageId: 'm1@example.org', folder: { id: use, specialUse: [use] } }],
    })),
  );
  await nothingIsLeft(page);
});

test('a draft of the same message does not hide that it left the Outbox', async () => {
  await using opened = await openBackground(
    { storedMessages: [{ ...OUTBOX, folder: 'drafts' }] },
    answering(),
  );
  const { page } = opened;
  await afterSend(page, SENT_LATER);
  await page.waitForFunction(() => happenings.storage.local['sentMessages'] !== undefined);
  await ring(page);
  await ring(page);
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'lost track' }]);
});

test('a refusal that Thunderbird told of is no loss, but the next window shows it', async () => {
  const refused: ShownReceipt = {
    ...RELAYED,
    outcome: 'refused',
    reply: { code: 550, enhancedCode: '5.1.1', text: 'No such recipient' },
  };
  await using opened = await openBackground({}, answering(refused));
  const { page } = opened;
  await afterSend(page, { ...SENT_NOW, headerMessageId: null });
  await nothingIsLeft(page);
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
  expect(await stored(page, 'not-relayed')).toMatchObject([
    { kind: 'refused', reply: 'No such recipient' },
  ]);

  await page.evaluate((tab) => happenings.fire('onCreated', tab), TAB);
  await page.waitForFunction(() => happenings.button['text'] === '✉✗');
  expect(
    await page.evaluate(() => [happenings.button['label'], happenings.button['title']]),
  ).toEqual([
    'TLS: Normal',
    expect.stringContaining('An earlier message was refused: “\u2068The contract\u2069”'),
  ]);
});

test('a refusal that never reached the proxy is with the person already', async () => {
  await using opened = await openBackground({}, answering());
  await afterSend(opened.page, { ...SENT_NOW, headerMessageId: null });
  await nothingIsLeft(opened.page);
  expect(await stored(opened.page, 'not-relayed')).toEqual([]);
});

test('an unknown outcome is shown until the answer comes after all', async () => {
  const receipts: ShownReceipt[] = [{ ...RELAYED, outcome: 'unknown' }];
  await using opened = await openBackground({}, { ...THROUGH, outcomes: () => ({ receipts }) });
  const { page } = opened;
  await afterSend(page, { ...SENT_NOW, headerMessageId: null });
  await expect.poll(() => stored(page, 'not-relayed')).toMatchObject([{ kind: 'unknown' }]);
  receipts.splice(0, 1, RELAYED);
  await ring(page);
  await nothingIsLeft(page);
  expect(await stored(page, 'not-relayed')).toEqual([]);
});

test('of a message that was tried twice the receipt counts by which it was delivered', async () => {
  const later: ShownReceipt = { ...RELAYED, outcome: 'refused', time: '2026-11-22T11:00:00.000Z' };
  await using opened = await openBackground({}, answering(RELAYED, later));
  await afterSend(opened.page, { ...SENT_NOW, headerMessageId: null });
  await nothingIsLeft(opened.page);
  expect(await stored(opened.page, 'not-relayed')).toEqual([]);
});

test('what may have been delivered is not told as refused because a second try was', async () => {
  const unknown: ShownReceipt = { ...RELAYED, outcome: 'unknown' };
  const later: ShownReceipt = { ...RELAYED, outcome: 'refused', time: '2026-11-22T11:00:00.000Z' };
  await using opened = await openBackground({}, answering(unknown, later));
  await afterSend(opened.page, { ...SENT_NOW, headerMessageId: null });
  await expect.poll(() => stored(opened.page, 'not-relayed')).toMatchObject([{ kind: 'unknown' }]);
});

test('where receipts were deleted their absence is told quietly', async () => {
  const completeSince = new Date(Date.now() + 60_000).toISOString();
  await using opened = await openBackground(
    {},
    { ...THROUGH, outcomes: { receipts: [], completeSince } },
  );
  const { page, proxy } = opened;
  await afterSend(page, SENT_NOW);
  await nothingIsLeft(page);
  expect(await page.evaluate(() => happenings.notifications)).toEqual([]);
  expect(await stored(page, 'not-relayed')).toMatchObject([{ kind: 'not to be told' }]);

  proxy.answers = {
    ...THROUGH,
    outcomes: { receipts: [], completeSince: '2020-01-01T00:00:00.000Z' },
  };
  await afterSend(page, SENT_NOW);
  await page.waitForFunction(() => happenings.notifications.length === 1);
});

test('no subject can hide what is said of its message', async () => {
  const subject = `\u202e${'Everything is fine. '.repeat(30)}\n`;
  await using opened = await openBackground({}, answering());
  const { page } = opened;
  await afterSend(page, { ...SENT_NOW, details: { ...DETAILS, subject } });
  await page.waitForFunction(() => happenings.notifications.length === 1);
  const told = (await page.evaluate(() => happenings.notifications[0])) ?? '';
  expect(told).not.toMatch(/[\u202e\n]/);
  expect(told.indexOf('the proxy never saw it')).toBeLessThan(250);
  expect(told).toMatch(/“\u2068[^\u2068\u2069]*…\u2069”/);
});

test('a Normal message is not looked for', async () => {
  await using opened = await openBackground({}, answering());
  await afterSend(opened.page, { ...SENT_NOW, details: { ...DETAILS, customHeaders: [] } });
  await ring(opened.page);
  expect(await stored(opened.page, 'sentMessages')).toEqual([]);
  expect(opened.proxy.asked).toEqual([]);
});

test('what is stored in a form nobody writes, or for more than 30 days, is forgotten', async () => {
  const old = {
    markerId: MARKER_ID,
    subject: 'The contract',
    time: Date.now() - 31 * 24 * 60 * 60_000,
    state: 'sent',
  };
  await using opened = await openBackground(
    { storage: { ...RUNNING, local: { sentMessages: [old, 'garbage', { ...old, time: 'now' }] } } },
    answering(),
  );
  await ring(opened.page);
  await nothingIsLeft(opened.page);
  expect(await opened.page.evaluate(() => happenings.notifications)).toEqual([]);
});

test('an alarm is set once, and rings every hour', async () => {
  await using opened = await openBackground({});
  await opened.page.waitForFunction(() => happenings.alarms.join() === 'look-for-sent');
});
