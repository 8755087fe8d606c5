import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { Answer, ShownReceipt } from '../../shared/control/api.ts';
import { controlServer, type ControlServer } from './control-server.ts';
import { LANGUAGES, type OpenedPage, openPage } from './opened-page.ts';

const PAGE = 'receipts/page.html';

const RECEIPT: ShownReceipt = {
  id: 'r1',
  time: '2026-11-20T09:15:00.000Z',
  server: 'smtp.example.net',
  sender: 'ada@example.org',
  recipients: 3,
  domains: ['example.net'],
  markerId: 'K7',
  requirement: 'required',
  by: 'X-TLS-Required',
  outcome: 'refused',
  reply: { code: 550, enhancedCode: '5.7.30', text: '<img src=x onerror=alert(1)> is not offered' },
};

const STORAGE: Answer<'storage'> = {
  folder: '/home/ada/.local/state/requiretls',
  octets: 1_258_291,
  keptDays: 100,
  keptOctets: 16 * 1024 * 1024,
};

test('in a tab of Thunderbird the page asks as the paired extension, and shows text as text', async () => {
  await using proxy = await proxyAnswering([RECEIPT]);
  await using opened = await pageOf(proxy);
  const { page } = opened;
  await page.locator('body[data-state="live"][data-shown="1"]').waitFor();
  await page.getByText('<img src=x onerror=alert(1)> is not offered').waitFor();
  expect(await page.locator('#list img').count()).toBe(0);
  await page.getByText('It is in the folder /home/ada/.local/state/requiretls (1.2 MB).').waitFor();
});

test('a link to a message opens its receipt', async () => {
  const others = Array.from({ length: 200 }, (_, at) => ({
    ...RECEIPT,
    id: `o${at}`,
    markerId: 'X',
  }));
  await using proxy = await proxyAnswering([RECEIPT, ...others]);
  await using opened = await pageOf(proxy, {}, `${PAGE}#id=K7`);
  const row = opened.page.locator('details[data-id="r1"]');
  await row.locator('dl').waitFor();
  expect(await row.locator('summary:focus').count()).toBe(1);
});

test('answers that come in parts are one list', async () => {
  const parts = [0, 1, 2].map((part) => ({ ...RECEIPT, id: `part${part}` }));
  await using proxy = await controlServer({
    storage: STORAGE,
    receipts: ({ after }) => {
      const at = after?.at ?? 0;
      const receipt = parts[at];
      const receipts = receipt === undefined ? [] : [receipt];
      return { epoch: 'one', receipts, upTo: Math.min(at + 1, 3), more: at < 2 };
    },
  });
  await using opened = await pageOf(proxy);
  await opened.page.locator('body[data-shown="3"]').waitFor();
});

test('another epoch makes the page forget what it knew', async () => {
  await using proxy = await proxyAnswering([RECEIPT]);
  await using opened = await pageOf(proxy);
  await opened.page.locator('details[data-id="r1"]').waitFor();
  proxy.answers = answersWith([{ ...RECEIPT, id: 'r2' }], 'two');
  await opened.page.locator('details[data-id="r2"]').waitFor();
  expect(await opened.page.locator('.receipt').count()).toBe(1);
});

test('who is not paired yet is led to the set-up page, and the page goes on after that', async () => {
  await using proxy = await proxyAnswering([RECEIPT]);
  await using opened = await openPage(PAGE);
  const { page } = opened;
  await page.locator('body[data-state="not paired"]').waitFor();
  await page.getByRole('alert').getByText('requiretls pair').waitFor();
  await page.getByRole('button', { name: 'Set up…' }).click();
  await page.waitForFunction(() => happenings.setupPagesOpened === 1);

  await page.evaluate(
    (pairing) => Object.assign(happenings.storage.local, { pairing }),
    proxy.stored,
  );
  await page.locator('body[data-state="live"][data-shown="1"]').waitFor();
});

test('a proxy that has forgotten the pairing, or another program in its place, is told apart', async () => {
  await using proxy = await proxyAnswering([RECEIPT]);
  await using opened = await pageOf(proxy);
  const { page } = opened;
  await page.locator('body[data-state="live"]').waitFor();
  proxy.manner = 'forgot';
  await page.locator('body[data-state="refused"]').waitFor();
  await page.getByRole('alert').getByText('does not know this Thunderbird').waitFor();
  proxy.manner = 'squats';
  await page.locator('body[data-state="not proved"]').waitFor();
  await page.getByRole('alert').getByText('Another program').waitFor();
  proxy.manner = 'answers';
  await page.locator('body[data-state="live"]').waitFor();
});

test('what the proxy cannot do is told in its own words', async () => {
  await using proxy = await controlServer({ receipts: { failed: 'The disk is gone.' } });
  await using opened = await pageOf(proxy);
  await opened.page.locator('body[data-state="failed"]').waitFor();
  await opened.page.getByRole('alert').getByText('The disk is gone.').waitFor();
});

test('what could not be deleted is told, and stays', async () => {
  await using proxy = await proxyAnswering([RECEIPT]);
  await using opened = await pageOf(proxy);
  const { page } = opened;
  await page.getByRole('button', { name: 'Delete all receipts…' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('They could not be deleted').waitFor();
  expect(await page.locator('.receipt').count()).toBe(1);
});

for (const language of LANGUAGES) {
  for (const state of ['live', 'not paired', 'no answer'] as const) {
    test(`in a tab the page has no barrier that axe finds (${language}, ${state})`, async () => {
      await using proxy = await proxyAnswering([RECEIPT]);
      const pairing = state === 'no answer' ? { ...proxy.stored, port: 9 } : proxy.stored;
      const storage = { local: state === 'not paired' ? {} : { pairing }, session: {} };
      await using opened = await openPage(PAGE, { language, around: { storage } });
      const { page } = opened;
      await page.locator(`body[data-state="${state}"]`).waitFor();
      await noBarriers(page);
      expect(await page.evaluate(() => document.body.textContent)).not.toContain('$');
    });
  }
}

function answersWith(receipts: ShownReceipt[], epoch = 'one'): ControlServer['answers'] {
  return {
    storage: STORAGE,
    receipts: ({ after }) => ({
      epoch,
      receipts: after?.epoch === epoch ? [] : receipts,
      upTo: 1,
      more: false,
    }),
  };
}

async function proxyAnswering(receipts: ShownReceipt[]): Promise<ControlServer> {
  return await controlServer(answersWith(receipts));
}

/** The page of an extension that is paired with this proxy. */
async function pageOf(proxy: ControlServer, how = {}, path = PAGE): Promise<OpenedPage> {
  const storage = { local: { pairing: proxy.stored }, session: {} };
  return await openPage(path, { ...how, around: { storage } });
}

async function noBarriers(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
}
