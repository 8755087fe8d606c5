import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from 'vitest';
import { LANGUAGES, openPage } from './opened-page.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

const SETUP = 'setup/page.html';

const TWO_IDENTITIES = [
  { id: 'id1', email: 'ada@example.org', name: 'Ada Lovelace' },
  {
    id: 'id2',
    email: `${'b'.repeat(64)}@${'long-label.'.repeat(15)}example`,
    name: 'B '.repeat(90),
  },
];

test('an identity is confirmed, and taken back, by keyboard', async () => {
  await using opened = await openPage(SETUP, { around: { identities: TWO_IDENTITIES } });
  const { page } = opened;
  const box = page.locator('input[data-identity="id1"]');
  await box.waitFor();
  expect(await box.isChecked()).toBe(false);

  while ((await page.locator('input[data-identity="id1"]:focus').count()) === 0) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Space');
  await page.getByRole('status').getByText('Confirmed: ada@example.org').waitFor();
  const stored = () => page.evaluate(() => happenings.storage.local['confirmedIdentities']);
  expect(await stored()).toEqual({ id1: 'ada@example.org' });

  await page.keyboard.press('Space');
  await page.getByRole('status').getByText('No longer confirmed: ada@example.org').waitFor();
  expect(await stored()).toEqual({});
});

test('an identity whose address has changed since is not confirmed any more', async () => {
  await using opened = await openPage(SETUP, {
    around: {
      identities: TWO_IDENTITIES,
      storage: { local: { confirmedIdentities: { id1: 'ada@old.example' } }, session: {} },
    },
  });
  const box = opened.page.locator('input[data-identity="id1"]');
  await box.waitFor();
  expect(await box.isChecked()).toBe(false);
});

test('a confirmation that could not be stored is not shown as made', async () => {
  await using opened = await openPage(SETUP);
  const { page } = opened;
  await page.locator('input[data-identity="id1"]').waitFor();
  await page.evaluate(() => happenings.failing.push('storage.local.set'));
  await page.locator('input[data-identity="id1"]').click();
  await page.getByRole('status').getByText('could not be stored').waitFor();
  expect(await page.locator('input[data-identity="id1"]').isChecked()).toBe(false);
});

test('each value to type can be copied', async () => {
  await using opened = await openPage(SETUP, {
    context: { permissions: ['clipboard-read', 'clipboard-write'] },
  });
  const { page } = opened;
  await page.locator('input[data-identity="id1"]').waitFor();
  for (const value of ['127.0.0.1', '8689']) {
    await page.getByRole('button', { name: `Copy ${value}` }).press('Enter');
    await page.getByRole('status').getByText(`Copied: ${value}`).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  }
});

test('a Thunderbird without identities is told what to do first', async () => {
  await using opened = await openPage(SETUP, { around: { identities: [] } });
  await opened.page.getByText('There is no identity yet').waitFor();
});

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the set-up page has no barrier that axe finds (${language}, ${colorScheme})`, async () => {
      await using opened = await openPage(SETUP, {
        language,
        around: { identities: TWO_IDENTITIES },
        context: { colorScheme },
      });
      await opened.page.locator('input[data-identity="id2"]').click();
      await opened.page.getByRole('status').getByText('@long-label').waitFor();
      const { violations } = await new AxeBuilder({ page: opened.page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
    });
  }

  test.each([
    { name: 'at 200 % zoom', viewport: { width: 640, height: 512 }, deviceScaleFactor: 2 },
    { name: 'in a narrow window', viewport: { width: 320, height: 640 }, deviceScaleFactor: 1 },
  ])(`$name nothing is cut off, not even long addresses (${language})`, async (context) => {
    const { viewport, deviceScaleFactor } = context;
    await using opened = await openPage(SETUP, {
      language,
      around: { identities: TWO_IDENTITIES },
      context: { viewport, deviceScaleFactor },
    });
    await opened.page.locator('input[data-identity="id2"]').waitFor();
    expect(await opened.page.evaluate(sidewaysOverflow)).toEqual([]);
  });
}
