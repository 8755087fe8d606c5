import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { MARKED, NEW_MESSAGE, openBackground, RUNNING, TAB } from './background-page.ts';
import type { Answers } from './control-server.ts';
import { asksForForecasts, forecast, knowing, SWITCHED_ON } from './forecasts.ts';
import type { ComposeWindow } from './stand-in.ts';
import { TAB_ID } from './stand-in.ts';

const ALARM = 'look-at-recipients';

const KNOWING = knowing(
  forecast('fail.example', 'will fail'),
  forecast('also.example', 'will fail'),
  forecast('good.example', 'promised'),
);

const RECIPIENTS = { to: ['a@fail.example', 'b@also.example', 'c@good.example'] };

/** The background page of an open window, whose requirement is known. */
async function beside(
  composeWindow: ComposeWindow,
  requirement: string,
  session: object = {},
  answers: Answers = KNOWING,
) {
  return await openBackground(
    {
      composeWindow,
      storage: {
        local: SWITCHED_ON,
        session: { ...RUNNING.session, 'window-7': requirement, ...session },
      },
    },
    answers,
  );
}

/** Has the alarm ring, as it does now and then. */
async function ring(page: Page): Promise<void> {
  await page.evaluate(async (name) => await happenings.fire('onAlarm', { name }), ALARM);
}

async function titled(page: Page, words: string): Promise<Record<string, unknown>> {
  await page.waitForFunction((part) => String(happenings.button['title']).includes(part), words);
  return await page.evaluate(() => happenings.button);
}

test('with Require TLS the button counts the domains that will fail, and says so in words', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page } = opened;
  await ring(page);
  const button = await titled(page, 'not reach with Require TLS: 2');
  expect(button).toMatchObject({ text: '✗2', label: 'Require TLS', path: '/icons/required.svg' });

  await page.evaluate(() => {
    happenings.composeWindow = { ...happenings.composeWindow, to: ['c@good.example'] };
  });
  await ring(page);
  await page.waitForFunction(() => happenings.button['text'] === '✓');
});

test.each([
  { count: 9, text: '✗9' },
  { count: 10, text: '10' },
  { count: 60, text: '60' },
])('the count has room on the button: $count', async ({ count, text }) => {
  const domains = Array.from({ length: count }, (_, n) => `fail-${n}.example`);
  const to = domains.map((domain) => `a@${domain}`);
  const answers = knowing(...domains.map((domain) => forecast(domain, 'will fail')));
  await using opened = await beside({ ...MARKED, to }, 'required', {}, answers);
  await ring(opened.page);
  const button = await titled(opened.page, `not reach with Require TLS: ${count}`);
  expect(button).toMatchObject({ text });
});

test.each([
  { requirement: 'default', customHeaders: [], text: '' },
  { requirement: 'optional', customHeaders: [{ name: 'X-TLS-Required', value: 'No' }], text: '!' },
])('with $requirement it is said in words only, and no badge warns', async (example) => {
  const { requirement, customHeaders, text } = example;
  await using opened = await beside({ ...NEW_MESSAGE, ...RECIPIENTS, customHeaders }, requirement);
  await ring(opened.page);
  expect(await titled(opened.page, 'not reach with Require TLS: 2')).toMatchObject({
    text,
  });
});

test('an open window is looked at soon, and again and again, until none is open', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page } = opened;
  const alarms = async () =>
    await page.evaluate((name) => happenings.alarms.filter((set) => set === name).length, ALARM);
  expect(await alarms()).toBe(0);
  await page.evaluate(async (tab) => await happenings.fire('onCreated', tab), TAB);
  await expect.poll(alarms).toBe(1);
  await page.evaluate(async (tab) => await happenings.fire('onComposeStateChanged', tab, {}), TAB);
  await ring(page);
  await expect.poll(alarms).toBe(2);
});

test('a window whose message may be on its way is not read', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required', {
    'sending-7': Date.now() - 600_000,
  });
  const { page, proxy } = opened;
  const before = await page.evaluate(() => happenings.calls['storage.session.get'] ?? 0);
  await ring(page);
  await page.waitForFunction(
    (noted) => (happenings.calls['storage.session.get'] ?? 0) > noted,
    before,
  );
  await page.evaluate(() => {
    delete happenings.storage.session['sending-7'];
  });
  await ring(page);
  await page.waitForFunction(() => happenings.button['text'] === '✗2');
  expect(asksForForecasts(proxy.asked)).toHaveLength(1);
});

test('a window is not read while a Send or a choice has its lock: that would write into the message', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page } = opened;
  const calls = await page.evaluate(async (name) => {
    const { calls: counted } = happenings;
    const READING = 'compose.getComposeDetails';
    return await navigator.locks.request('compose-window-7', async () => {
      const before = counted[READING];
      void happenings.fire('onAlarm', { name });
      for (;;) {
        const { pending = [] } = await navigator.locks.query();
        if (pending.length > 0 || counted[READING] !== before) break;
      }
      return { before, whileLocked: counted[READING] };
    });
  }, ALARM);
  expect(calls.whileLocked).toBe(calls.before);
  await titled(page, 'not reach with Require TLS: 2');
});

test('switched off again, the button counts nothing and no alarm goes on', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page, proxy } = opened;
  await ring(page);
  await page.waitForFunction(() => happenings.button['text'] === '✗2');
  await page.evaluate(() => {
    delete happenings.storage.local['forecast'];
    happenings.alarms.length = 0;
  });
  const before = asksForForecasts(proxy.asked).length;
  await ring(page);
  await page.waitForFunction(() => happenings.button['text'] === '✓');
  expect(asksForForecasts(proxy.asked)).toHaveLength(before);
  expect(await page.evaluate(() => happenings.alarms)).not.toContain(ALARM);
});

test.each(['it is switched off', 'the window is closed'])(
  'F7: what is not known yet is not asked for again once %s',
  async (what) => {
    await using opened = await beside({ ...MARKED, to: ['a@slow.example'] }, 'required');
    const { page, proxy } = opened;
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1_000);
    await ring(page);
    const asked = async () => await Promise.resolve(asksForForecasts(proxy.asked).length);
    await expect.poll(asked).toBe(2); // what is kept; then it waits for what is new
    await page.clock.runFor(600);
    await expect.poll(asked).toBe(3);

    await page.evaluate((off) => {
      if (off) delete happenings.storage.local['forecast'];
      else happenings.hasWindow = false;
    }, what === 'it is switched off');
    const queries = await page.evaluate(() => happenings.calls['storage.local.get'] ?? 0);
    await page.clock.runFor(600);
    await page.waitForFunction(
      (before) => (happenings.calls['storage.local.get'] ?? 0) > before,
      queries,
    );
    await page.clock.runFor(6_000);
    expect(await asked()).toBe(3);
  },
);

test('what became of an earlier message stays in sight', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page } = opened;
  await page.evaluate(() => {
    happenings.storage.local['not-relayed'] = [
      { kind: 'never seen', markerId: 'abc', subject: 'The contract', time: Date.now() },
    ];
  });
  await ring(page);
  expect(await titled(page, 'not reach with Require TLS: 2')).toMatchObject({ text: '✉✗' });
});

test('nothing is kept of a window that is closed', async () => {
  await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
  const { page } = opened;
  await ring(page);
  await page.waitForFunction(() => 'failing-7' in happenings.storage.session);
  await page.evaluate((tabId) => happenings.fire('onRemoved', tabId), TAB_ID);
  await page.waitForFunction(() => !('failing-7' in happenings.storage.session));
});

test.each(['compose.getComposeDetails', 'storage.session.set'])(
  'an alarm survives that %s fails',
  async (method) => {
    await using opened = await beside({ ...MARKED, ...RECIPIENTS }, 'required');
    const { page } = opened;
    await page.evaluate((name) => happenings.failing.push(name), method);
    await ring(page);
    await page.evaluate(() => happenings.failing.pop());
    await ring(page);
    await page.waitForFunction(() => happenings.button['text'] === '✗2');
  },
);
