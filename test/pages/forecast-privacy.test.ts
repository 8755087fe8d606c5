import { expect, test } from 'vitest';
import { MARKED, openBackground, RUNNING, send, TAB } from './background-page.ts';
import { asksForForecasts, forecast, knowing, SWITCHED_ON } from './forecasts.ts';
import { openPaired, POPUP, SETUP } from './opened-popup.ts';

const TO_ALL = {
  ...MARKED,
  to: ['"Hopper, Grace" <grace@to.example>', '"secret@here"@quoted.example'],
  cc: ['x@BÜCHER.example', 'Friends <Friends>', 'dora'],
  bcc: ['spy@hidden.example'],
};

const KNOWING = knowing(forecast('to.example', 'will fail'));

/** Everything that could make the extension look: the popup, an open window, an alarm and Send. */
async function useEverything(local: object): Promise<readonly string[]> {
  await using popup = await openPaired(POPUP, {
    answers: KNOWING,
    local: { ...local },
    around: { composeWindow: TO_ALL },
  });
  const { page, proxy } = popup;
  await page.locator('body[data-forecast]').waitFor();
  await page.evaluate(async (tab) => {
    await happenings.fire('onCreated', tab);
    await happenings.fire('onComposeStateChanged', tab, { canSendNow: true });
    await happenings.fire('onAlarm', { name: 'look-at-recipients' });
  }, TAB);
  await send(page);
  return proxy.asked.map((question) => JSON.stringify(question));
}

test.each([
  { stored: 'nothing', local: {} },
  { stored: 'off', local: { forecast: { on: false, hidden: true, probe: true } } },
  { stored: 'junk', local: { forecast: 'on' } },
  { stored: 'half of it', local: { forecast: { on: true } } },
  { stored: 'more than there is', local: { forecast: { ...SWITCHED_ON.forecast, all: true } } },
])('F7: where $stored is stored, no domain is ever asked about', async ({ local }) => {
  expect((await useEverything(local)).filter((said) => said.includes('"forecast"'))).toEqual([]);
});

test('F7: settings that cannot be read are off', async () => {
  await using opened = await openPaired(POPUP, {
    answers: KNOWING,
    local: SWITCHED_ON,
    around: { composeWindow: TO_ALL },
  });
  const { page, proxy } = opened;
  await page.locator('body[data-forecast="looking"]').waitFor();
  await page.evaluate(() => happenings.failing.push('storage.local.get'));
  await page.locator('body[data-forecast="off"]').waitFor();
  const before = asksForForecasts(proxy.asked).length;
  await send(page);
  expect(asksForForecasts(proxy.asked)).toHaveLength(before);
});

test('F7: what stands before the @ never leaves, and nothing of hidden recipients', async () => {
  const asked = await useEverything(SWITCHED_ON);
  const said = asked.filter((question) => question.includes('"ask":"forecast"'));
  expect(said.length).toBeGreaterThan(1);
  for (const question of said) {
    expect(question).not.toMatch(/grace|hopper|secret|here|friends|dora|spy|hidden\.example|x@|@/i);
    expect(JSON.parse(question)).toMatchObject({ probe: false });
  }
  expect(JSON.parse(said[0] ?? '')).toEqual({
    ask: 'forecast',
    domains: ['to.example', 'quoted.example', 'bücher.example'],
    probe: false,
    waitMs: 0,
  });
});

test('F7: hidden recipients are asked about once that is switched on, and servers are', async () => {
  const forecastSettings = { on: true, hidden: true, probe: true };
  const asked = await useEverything({ forecast: forecastSettings });
  const said = asked.filter((question) => question.includes('"ask":"forecast"'));
  expect(JSON.parse(said[0] ?? '')).toMatchObject({
    domains: ['to.example', 'quoted.example', 'bücher.example', 'hidden.example'],
    probe: true,
  });
  expect(said.join()).not.toContain('spy');
});

test.each([
  ['a@b@example.net', ['example.net']],
  ['"a@b" <c@d.example>', ['d.example']],
  ['<c@d.example.>', ['d.example']],
  ['C@D.EXAMPLE', ['d.example']],
  ['c@[192.0.2.1]', ['[192.0.2.1]']],
  ['c@xn--bcher-kva.example', ['xn--bcher-kva.example']],
  ['"c@secret"', []],
  ['"c@d.example" ', []],
  ['c@d.example "e f', []],
  ['c@d.example (secret)', []],
  ['c@two words.example', []],
  ['c@', []],
  ['@', []],
  ['secret', []],
  ['', []],
  [`c@${'a'.repeat(250)}.example`, []],
])('F7: of the recipient %j nothing but %j is asked', async (recipient, domains) => {
  await using opened = await openBackground(
    {
      composeWindow: { ...MARKED, to: [recipient] },
      storage: { ...RUNNING, local: SWITCHED_ON },
    },
    KNOWING,
  );
  await send(opened.page);
  expect(asksForForecasts(opened.proxy.asked).map((question) => question.domains)).toEqual(
    domains.length === 0 ? [] : [domains],
  );
});

test('F7: the set-up page asks about no domain, and says first who would be told', async () => {
  await using opened = await openPaired(SETUP, { answers: KNOWING });
  const { page, proxy } = opened;
  const box = page.getByRole('checkbox', { name: 'Look up the recipients’ domains' });
  await page
    .getByText('go to this resolver: \u2068192.0.2.53:53\u2069. They go there in clear')
    .waitFor();
  expect(await box.isChecked()).toBe(false);
  expect(await box.isEnabled()).toBe(true);
  expect(asksForForecasts(proxy.asked)).toEqual([]);
});
