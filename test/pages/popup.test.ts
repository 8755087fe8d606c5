import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from 'vitest';
import { THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';
import { LANGUAGES, openPage } from './opened-page.ts';
import { openPaired, POPUP, settled } from './opened-popup.ts';
import type { ComposeWindow } from './stand-in.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

const ARRIVED_MARKED: ComposeWindow = {
  type: 'new',
  identityId: 'id1',
  customHeaders: [
    { name: 'X-Other', value: 'somebody else’s' },
    { name: 'X-Tls-Required', value: 'Yes' },
  ],
  isModified: false,
};

const LONG_ADDRESS = `${'a'.repeat(64)}@${'very-long-label.'.repeat(12)}example`;

test('the popup shows the requirement that stands in the window', async () => {
  await using opened = await openPaired(POPUP, { around: { composeWindow: ARRIVED_MARKED } });
  await settled(opened.page, 'required');
  expect(await opened.page.getByRole('radio', { name: 'Require TLS' }).isChecked()).toBe(true);
});

test('a choice by keyboard stands in the custom headers at once, beside those of others', async () => {
  await using opened = await openPaired(POPUP, { around: { composeWindow: ARRIVED_MARKED } });
  const { page } = opened;
  await settled(page, 'required');

  await page.keyboard.press('ArrowDown');
  await settled(page, 'optional');

  const { composeWindow, button } = await page.evaluate(() => ({
    composeWindow: happenings.composeWindow,
    button: happenings.button,
  }));
  expect(composeWindow.customHeaders).toEqual([
    { name: 'X-Other', value: 'somebody else’s' },
    { name: 'X-TLS-Required', value: 'No' },
  ]);
  expect(composeWindow.isModified).toBe(true);
  expect(button).toMatchObject({ label: 'Deliver anyway', text: '!', path: '/icons/optional.svg' });
  expect(await page.locator('#status').textContent()).toBe('Set for this message.');
});

test('Normal leaves no field of ours in the window', async () => {
  await using opened = await openPaired(POPUP, { around: { composeWindow: ARRIVED_MARKED } });
  await settled(opened.page, 'required');
  await opened.page.keyboard.press('ArrowUp');
  await settled(opened.page, 'default');
  const headers = await opened.page.evaluate(() => happenings.composeWindow.customHeaders);
  expect(headers).toEqual([{ name: 'X-Other', value: 'somebody else’s' }]);
});

test('Enter and Escape close the popup, and the choice just made is written all the same', async () => {
  await using opened = await openPaired(POPUP);
  const { page } = opened;
  await settled(page, 'default');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => happenings.closed);
  await settled(page, 'required');
  const headers = await page.evaluate(() => happenings.composeWindow.customHeaders);
  expect(headers).toEqual([{ name: 'X-TLS-Required', value: 'Yes' }]);

  await page.evaluate(() => {
    happenings.closed = false;
  });
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => happenings.closed);
});

test('Tab goes from the choice to the way, the other pages and to Done', async () => {
  await using opened = await openPaired(POPUP);
  const { page } = opened;
  await page.locator('#default:focus').waitFor();
  for (const next of [
    '#forecast-set-up',
    '#way-details summary',
    '#check-again',
    '#open-receipts',
  ]) {
    await page.keyboard.press('Tab');
    await page.locator(`${next}:focus`).waitFor();
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => happenings.openedPages[0] === '/receipts/page.html');
  await page.keyboard.press('Tab');
  await page.locator('#open-setup:focus').waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => happenings.setupPagesOpened === 1 && happenings.closed);
  await page.keyboard.press('Tab');
  await page.locator('#done:focus').waitFor();
});

test('why a message was not sent is told once', async () => {
  await using opened = await openPaired(POPUP, {
    session: { 'not-sent-7': { reason: 'no answer', detail: 'too slow' } },
  });
  const alert = opened.page.getByRole('alert');
  await alert.getByText('The message was not sent').waitFor();
  expect(await opened.page.evaluate(() => happenings.storage.session['not-sent-7'])).toBe(
    undefined,
  );
});

test('a choice that cannot be read is no choice, and the space bar then asks for the strictest', async () => {
  await using opened = await openPaired(POPUP, {
    around: {
      composeWindow: {
        ...ARRIVED_MARKED,
        customHeaders: [{ name: 'X-Tls-Required', value: 'garbage' }],
      },
    },
  });
  const { page } = opened;
  await settled(page, 'unreadable');
  expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
  await page.getByRole('alert').getByText('choose again').waitFor();

  await page.locator('#required:focus').waitFor();
  await page.keyboard.press('Space');
  await settled(page, 'required');
});

test('a choice that could not be written is not shown as made', async () => {
  await using opened = await openPaired(POPUP);
  const { page } = opened;
  await settled(page, 'default');
  await page.evaluate(() => happenings.failing.push('compose.setComposeDetails'));
  await page.keyboard.press('ArrowDown');
  await settled(page, 'unreadable');
  expect(await page.getByRole('radio', { checked: true }).count()).toBe(0);
  expect(await page.locator('#status').textContent()).toContain('could not be stored');
});

test('a choice is known of before the background page hears of it', async () => {
  await using opened = await openPage(POPUP); // nobody answers, as while it starts
  const { page } = opened;
  await settled(page, 'unreadable');
  await page.getByRole('radio', { name: 'Deliver anyway' }).click();
  await page.waitForFunction(() => happenings.storage.session['window-7'] === 'choosing');
});

const LACKING: Answers = { ...THROUGH, offer: { ...THROUGH.offer, requireTls: false } };
const ELSEWHERE: Answers = {
  ...THROUGH,
  route: {
    route: {
      kind: 'elsewhere',
      server: 'smtp.plain.example:587',
      evidence: { by: 'preferences', profile: 'abc.default', ageMs: 60_000 },
    },
    seen: { time: '2026-11-21T10:15:00.000Z', server: 'smtp.example.net:465' },
  },
};
const NEVER_SEEN = {
  kind: 'never seen',
  markerId: 'abc',
  subject: 'The contract '.repeat(8),
  time: Date.now(),
};
const ALL_AT_ONCE = {
  answers: ELSEWHERE,
  local: { 'not-relayed': [NEVER_SEEN] },
  session: {
    'not-sent-7': { reason: 'elsewhere', address: 'ada@example.org', server: 'smtp.plain.example' },
  },
};

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.each([
      { state: 'unreadable, and nothing is known', how: { local: { pairing: null } } },
      { state: 'not sent, elsewhere, and an earlier one never seen', how: ALL_AT_ONCE },
      { state: 'the server does not offer it', how: { answers: LACKING } },
    ])(
      `the popup has no barrier that axe finds: $state (${language}, ${colorScheme})`,
      async ({ how }) => {
        await using opened = await openPaired(POPUP, {
          language,
          context: { colorScheme },
          ...how,
        });
        await opened.page.locator('body[data-way]').waitFor();
        const { violations } = await new AxeBuilder({ page: opened.page }).analyze();
        expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
      },
    );
  }

  test(`the popup fits into Thunderbird’s largest one without scrolling (${language})`, async () => {
    await using opened = await openPaired(POPUP, {
      language,
      answers: LACKING,
      session: { 'not-sent-7': { reason: 'failed' } },
      context: { viewport: { width: 480, height: 600 } },
    });
    await opened.page.getByRole('alert').waitFor();
    await opened.page.locator('body[data-way]').waitFor();
    const height = await opened.page.evaluate(() => document.documentElement.scrollHeight);
    expect(height).toBeLessThanOrEqual(600);
  });

  test(`at 200 % zoom a long address is wrapped and nothing is cut off (${language})`, async () => {
    await using opened = await openPaired(POPUP, {
      language,
      ...ALL_AT_ONCE,
      around: { identities: [{ id: 'id1', email: LONG_ADDRESS, name: '' }] },
      context: { viewport: { width: 240, height: 300 }, deviceScaleFactor: 2 },
    });
    await opened.page.locator('#way').getByText(LONG_ADDRESS).waitFor();
    await opened.page.locator('#outcome').waitFor();
    expect(await opened.page.evaluate(sidewaysOverflow)).toEqual([]);
  });
}
