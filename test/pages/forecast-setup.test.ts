import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { THROUGH } from './background-page.ts';
import { SWITCHED_ON } from './forecasts.ts';
import { LANGUAGES } from './opened-page.ts';
import { openPaired, SETUP, stop } from './opened-popup.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

const ON = 'Look up the recipients’ domains';
const HIDDEN = 'Hidden recipients (Bcc) too';
const PROBE = 'Connect to the recipients’ mail servers too';

const box = (page: Page, name: string) => page.getByRole('checkbox', { name });
const stored = async (page: Page) =>
  await page.evaluate(() => happenings.storage.local['forecast']);

async function explained(page: Page, how = 'explained'): Promise<void> {
  await page.locator(`body[data-resolver="${how}"]`).waitFor();
}

test.each([
  { inClear: true, validator: 'none', says: ['in clear', 'not checked on this computer'] },
  { inClear: false, validator: 'delv', says: ['encrypted', 'is checked on this computer'] },
] as const)('who is asked, and how, is said before it is switched on: $says', async (example) => {
  const { says, ...how } = example;
  const resolver = { resolver: 'https://dns.example/query', ...how };
  await using opened = await openPaired(SETUP, { answers: { ...THROUGH, resolver } });
  const { page } = opened;
  await explained(page);
  const words = await page.locator('#resolver').textContent();
  for (const part of ['https://dns.example/query', ...says]) expect(words).toContain(part);
  const described = await box(page, ON).getAttribute('aria-describedby');
  expect(described?.split(' ')).toContain('resolver');
});

test('all is off at first, and switched on by keyboard, one by one', async () => {
  await using opened = await openPaired(SETUP, { around: { grants: ['compose.send'] } });
  const { page } = opened;
  await explained(page);
  expect(await stored(page)).toBe(undefined);
  for (const name of [HIDDEN, PROBE]) expect(await box(page, name).isEnabled()).toBe(false);

  await box(page, ON).press('Space');
  await page.getByText('Stored. It holds').waitFor();
  expect(await stored(page)).toEqual({ on: true, hidden: false, probe: false });
  await page.waitForFunction(() => happenings.permissions.includes('compose.send'));
  expect(await page.evaluate(() => happenings.alarms)).toContain('look-at-recipients');

  await box(page, HIDDEN).press('Space');
  await expect.poll(() => stored(page)).toEqual({ on: true, hidden: true, probe: false });
  await box(page, PROBE).press('Space');
  await expect.poll(() => stored(page)).toEqual({ on: true, hidden: true, probe: true });
});

test('what goes with it does not come back when it is switched off and on again', async () => {
  await using opened = await openPaired(SETUP, {
    local: { forecast: { on: true, hidden: true, probe: true } },
    around: { permissions: ['compose.send'] },
  });
  const { page } = opened;
  await explained(page);
  await box(page, ON).press('Space');
  await page.getByText('Nothing is looked up any more.').waitFor();
  expect(await stored(page)).toEqual({ on: false, hidden: false, probe: false });
  await page.waitForFunction(() => !happenings.permissions.includes('compose.send'));
  await box(page, ON).press('Space');
  await expect.poll(() => stored(page)).toEqual({ on: true, hidden: false, probe: false });
});

test.each([
  { name: 'refused', hanging: [] },
  { name: 'not answered', hanging: ['permissions.request'] },
])('it is switched on also when the permission to send is $name', async ({ hanging }) => {
  await using opened = await openPaired(SETUP);
  const { page } = opened;
  await explained(page);
  await page.evaluate((names) => happenings.hanging.push(...names), hanging);
  await box(page, ON).press('Space');
  await expect.poll(() => stored(page)).toEqual({ on: true, hidden: false, probe: false });
});

test('what nobody explains cannot be switched on, but off', async () => {
  await using opened = await openPaired(SETUP, {
    answers: { ...THROUGH, resolver: { failed: 'no' } },
  });
  const { page } = opened;
  await explained(page, 'not explained');
  expect(await box(page, ON).isEnabled()).toBe(false);

  await using other = await openPaired(SETUP, { local: { ...SWITCHED_ON, pairing: null } });
  await explained(other.page, 'not explained');
  await other.page.locator('#resolver').getByText('not paired').waitFor();
  await box(other.page, ON).press('Space');
  await expect.poll(() => stored(other.page)).toMatchObject({ on: false });
});

test('a proxy that comes back explains it', async () => {
  await using opened = await openPaired(SETUP);
  const { page, proxy } = opened;
  await explained(page);
  await stop(proxy);
  await page.locator('#check-again').press('Enter');
  await explained(page, 'not explained');
});

test('what could not be stored is not shown as switched on', async () => {
  await using opened = await openPaired(SETUP);
  const { page } = opened;
  await explained(page);
  await page.evaluate(() => happenings.failing.push('storage.local.set'));
  await box(page, ON).press('Space');
  await page.locator('#status').getByText('stored').waitFor();
  await expect.poll(() => box(page, ON).isChecked()).toBe(false);
});

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the switches have no barrier that axe finds (${language}, ${colorScheme})`, async () => {
      await using opened = await openPaired(SETUP, {
        language,
        local: SWITCHED_ON,
        context: { colorScheme, viewport: { width: 320, height: 600 } },
      });
      const { page } = opened;
      await explained(page);
      const { violations } = await new AxeBuilder({ page })
        .include('section[aria-labelledby="forecast-title"]')
        .analyze();
      expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
      expect(await page.evaluate(sidewaysOverflow)).toEqual([]);
    });
  }
}
