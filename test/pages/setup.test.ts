import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from 'vitest';
import { THROUGH } from './background-page.ts';
import type { Answers } from './control-server.ts';
import { LANGUAGES, openPage } from './opened-page.ts';
import { openPaired, SETUP, stop, wayShown } from './opened-popup.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

const TWO_IDENTITIES = [
  { id: 'id1', email: 'ada@example.org', name: 'Ada Lovelace' },
  {
    id: 'id2',
    email: `${'b'.repeat(64)}@${'long-label.'.repeat(15)}example`,
    name: 'B '.repeat(90),
  },
];

const ELSEWHERE: Answers['route'] = ({ identity }) =>
  identity.id === 'id1'
    ? THROUGH.route
    : {
        route: {
          kind: 'elsewhere',
          server: `${'long-label.'.repeat(15)}example:587`,
          evidence: { by: 'preferences', profile: 'abc.default', ageMs: 60_000 },
        },
      };

const TWO_ACCOUNTS: Answers = {
  ...THROUGH,
  route: ELSEWHERE,
  hello: {
    ...THROUGH.hello,
    accounts: [
      ...THROUGH.hello.accounts,
      {
        name: 'work',
        host: 'work.localhost',
        port: 8691,
        tls: true,
        server: `${'mail.'.repeat(20)}example.org:587`,
      },
    ],
  },
};

test('each identity is shown with the way of its mail, and asked about again on a click', async () => {
  await using opened = await openPaired(SETUP, {
    around: { identities: TWO_IDENTITIES },
    answers: TWO_ACCOUNTS,
  });
  const { page, proxy } = opened;
  const first = page.locator('.way[data-identity="id1"]');
  await first.getByText('REQUIRETLS: yes').waitFor();
  await page.locator('.way[data-identity="id2"][data-way="elsewhere"]').waitFor();

  proxy.answers = { ...TWO_ACCOUNTS, offer: { ...THROUGH.offer, requireTls: false } };
  await page.locator('#check-ways').press('Enter');
  await first.getByText('REQUIRETLS: no').waitFor();
});

test('each value to type can be copied, and is that of the account which is chosen', async () => {
  await using opened = await openPaired(SETUP, {
    answers: TWO_ACCOUNTS,
    context: { permissions: ['clipboard-read', 'clipboard-write'] },
  });
  const { page } = opened;
  const copied = async (values: readonly string[]) => {
    for (const value of values) {
      await page.getByRole('button', { name: `Copy ${value}` }).press('Enter');
      await page.locator('#status').getByText(`Copied: ${value}`).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
    }
  };
  await page.locator('#account').waitFor();
  await copied(['127.0.0.1', '8689', 'requiretls pair']);
  expect(await page.locator('#security').textContent()).toBe('None');

  await page.locator('#account').selectOption({ index: 1 });
  await copied(['work.localhost', '8691']);
  expect(await page.locator('#security').textContent()).toBe('SSL/TLS');
});

test('a choice between accounts is offered only where there are several', async () => {
  await using opened = await openPaired(SETUP);
  await opened.page.locator('#served-accounts').getByText('127.0.0.1:8689').waitFor();
  expect(await opened.page.locator('#account').isVisible()).toBe(false);
});

test('a Thunderbird without identities is told what to do first', async () => {
  await using opened = await openPage(SETUP, { around: { identities: [] } });
  await opened.page.getByText('There is no identity yet').waitFor();
});

test('the probe is allowed and taken back by a click, and what was not granted is not shown', async () => {
  await using opened = await openPaired(SETUP, {
    around: { grants: ['messages.send', 'messagesDelete'] },
  });
  const { page } = opened;
  await wayShown(page, 'through-proxy');
  const box = page.locator('#allow-probe');
  await box.focus();
  await page.keyboard.press('Space');
  await page.getByText('Probes are allowed.').waitFor();
  expect(await page.evaluate(() => happenings.permissions)).toContain('messages.send');
  await page.keyboard.press('Space');
  await page.getByText('Probes are no longer sent.').waitFor();
  expect(await page.evaluate(() => happenings.permissions)).not.toContain('messages.send');

  await using refused = await openPaired(SETUP);
  await wayShown(refused.page, 'through-proxy');
  await refused.page.locator('#allow-probe').click();
  await refused.page.getByText('did not change that permission').waitFor();
  expect(await refused.page.locator('#allow-probe').isChecked()).toBe(false);
});

test('what earlier versions had confirmed is deleted when the extension is updated', async () => {
  await using opened = await openPaired(SETUP, { local: { confirmedIdentities: { id1: 'a@b' } } });
  await opened.page.evaluate(async () => {
    await backgroundPage;
    await happenings.fire('onInstalled', { reason: 'update' });
  });
  await opened.page.waitForFunction(() => !('confirmedIdentities' in happenings.storage.local));
});

for (const language of LANGUAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the set-up page has no barrier that axe finds (${language}, ${colorScheme})`, async () => {
      const surroundings = {
        language,
        around: { identities: TWO_IDENTITIES },
        context: { colorScheme },
      };
      await using paired = await openPaired(SETUP, { ...surroundings, answers: TWO_ACCOUNTS });
      await wayShown(paired.page, 'elsewhere');
      await paired.page.locator('#account').waitFor();
      await using unpaired = await openPage(SETUP, surroundings);
      await wayShown(unpaired.page, 'not paired');
      await unpaired.page.locator('#pair').click();

      for (const { page } of [paired, unpaired]) {
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
      }
    });
  }

  test.each([
    { name: 'at 200 % zoom', viewport: { width: 640, height: 512 }, deviceScaleFactor: 2 },
    { name: 'in a narrow window', viewport: { width: 320, height: 640 }, deviceScaleFactor: 1 },
  ])(`$name nothing is cut off, not even long addresses (${language})`, async (context) => {
    const { viewport, deviceScaleFactor } = context;
    await using opened = await openPaired(SETUP, {
      language,
      around: { identities: TWO_IDENTITIES },
      answers: TWO_ACCOUNTS,
      context: { viewport, deviceScaleFactor },
    });
    await wayShown(opened.page, 'elsewhere');
    await opened.page.locator('#account').waitFor();
    expect(await opened.page.evaluate(sidewaysOverflow)).toEqual([]);
  });
}

test('a proxy that stops is told plainly, with the cure', async () => {
  await using opened = await openPaired(SETUP);
  const { page, proxy } = opened;
  await page.locator('#pairing-status').getByText('The proxy answers').waitFor();
  await stop(proxy);
  await page.locator('#check-again').click();
  await page.locator('#pairing-status').getByText('Start it').waitFor();
  await wayShown(page, 'no answer');
});
