import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Download, Page } from 'playwright';
import { expect, test } from 'vitest';
import type { ReceiptEvent } from '../../shared/submission/receipt.ts';
import { answered, offered, proxyWithPage } from './receipts-in-browser.ts';
import { sidewaysOverflow } from './sideways-overflow.ts';

/** One of each outcome, the oldest first. */
const FOUR: readonly ReceiptEvent[] = [
  offered('sent', { time: '2026-11-20T09:15:00.000Z' }),
  answered('sent', 'relayed'),
  offered('lost', { time: '2026-11-20T10:15:00.000Z', requirement: 'default', adding: 'nothing' }),
  answered('lost', 'unknown', { text: 'the answer did not come' }),
  {
    ...offered('refused', { time: '2026-11-20T11:15:00.000Z', requireTlsOffered: false }),
    adding: undefined,
    event: 'refused',
    reply: { code: 550, enhancedCode: '5.7.30', text: '=cmd|"REQUIRETLS" is not offered, sorry' },
  },
];

const LONG = `${'a'.repeat(64)}@${'very-long-label.'.repeat(12)}example`;

test('each message is shown with what became of it, the newest first', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  expect(await rowsOf(page)).toEqual([
    expect.stringContaining('Not sent'),
    expect.stringContaining('Unknown'),
    expect.stringContaining('Sent'),
  ]);
  const sent = page.getByRole('listitem').last();
  await expectText(sent, 'ada@example.org to example.net');
  await expectText(sent, 'Require TLS');
  await expectText(page.getByRole('listitem').first(), 'is not offered, sorry');
  expect(await page.getByRole('status').first().textContent()).toBe('Receipts: 3');
});

test('a message that is sent while the page is open appears in it, and no other row is touched', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await page.locator('[data-id=sent] summary').click();
  await page.evaluate(() => {
    const list = document.querySelector('#list');
    if (list === null) throw new Error('no list');
    const watched = { touched: 0 };
    Object.assign(globalThis, { watched });
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        if (target instanceof Element && target.closest('.receipt') !== null) watched.touched += 1;
      }
    }).observe(list, { childList: true, subtree: true, attributes: true });
  });

  expect(await proxy.send({ to: 'linus@example.com' })).toMatch(/^250 /);
  const first = page.getByRole('listitem').first();
  await first.getByText('to example.com').waitFor();
  await first.locator('[data-outcome=relayed]').waitFor();
  expect(await rowsOf(page)).toHaveLength(4);
  const touched = await page.evaluate('watched.touched');
  // Its own: what it asks for, and then what became of it.
  expect(touched).toBeLessThan(10);
  expect(await page.locator('[data-id=sent]').getAttribute('open')).not.toBeNull();
});

test('a message whose answer is awaited is shown as on its way, and then with its answer', async () => {
  let answer: (() => void) | undefined;
  await using proxy = await proxyWithPage({
    answer: () => {
      answer?.();
      return undefined;
    },
  });
  const page = await proxy.open();
  const isAsked = new Promise<void>((resolve) => (answer = resolve));
  const sending = proxy.send();
  await isAsked;
  await page.locator('[data-outcome=awaited]').getByText('On its way').waitFor();
  await proxy.loseServer();
  await page.locator('[data-outcome=unknown]').getByText('Unknown').waitFor();
  expect(await sending).toMatch(/^451 4\.4\.2 /);
});

test('all that is known of a message is behind its row, by keyboard alone', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await tabTo(page, 'summary');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const details = page.locator('[data-id=sent] dl');
  await details.waitFor();
  const facts = Object.fromEntries(
    await details
      .locator('div')
      .evaluateAll((pairs) =>
        pairs.map((pair) => [
          pair.querySelector('dt')?.textContent ?? '',
          pair.querySelector('dd')?.textContent ?? '',
        ]),
      ),
  );
  expect(facts).toMatchObject({
    Choice: 'Require TLS (RFC 8689: REQUIRETLS)',
    'Asked by': 'the header field X-TLS-Required',
    'TLS to that server': 'TLS 1.3, TLS_AES_256_GCM_SHA384',
    'REQUIRETLS offered': 'yes',
    'Told the server': 'REQUIRETLS',
    Answer: '250 2.0.0 Ok: queued',
    'Message-ID': '<sent@example.org>',
  });
  await page.keyboard.press('Home');
  expect(await focused(page)).toContain('Not sent');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Delete all receipts…');
});

test('words and outcomes choose what is shown, also of what comes later', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await page.getByLabel('What became of it').selectOption('relayed');
  await page.locator('body[data-shown="1"]').waitFor();
  await page.getByLabel('What became of it').selectOption('all');
  await page.getByLabel('Find words').fill('example.net SORRY');
  await page.locator('body[data-shown="1"]').waitFor();
  expect(await rowsOf(page)).toEqual([expect.stringContaining('Not sent')]);
  expect(await page.locator('#count').textContent()).toBe('Receipts: 1 of 3');

  await page.getByLabel('Find words').fill('elsewhere.example');
  await page.getByText('No receipt has these words').waitFor();
  await proxy.send({ to: 'a@other.example' });
  await proxy.send({ to: 'a@elsewhere.example' });
  await page.locator('body[data-shown="1"]').waitFor();
  expect(await page.locator('#count').textContent()).toBe('Receipts: 1 of 5');
});

test('RFC 4180: what is shown is saved as CSV, and a spreadsheet takes nothing for a formula', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await page.getByLabel('What became of it').selectOption('refused');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const [names, row, ...others] = (await contentOf(await download)).split('\r\n');
  expect(names).toMatch(/^time,outcome,requirement,/);
  expect(row).toMatch(/^2026-11-20T11:15:00.000Z,refused,required,/);
  expect(row).toContain(`,"'=cmd|""REQUIRETLS"" is not offered, sorry",`);
  expect(others).toEqual(['']);
});

test('what is shown is saved as JSON, as the command writes it', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await page.getByLabel('Find words').fill('lost');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as JSON' }).click();
  const saved: unknown = JSON.parse(await contentOf(await download));
  expect(saved).toMatchObject([{ version: 1, id: 'lost', outcome: 'unknown' }]);
});

test('what is kept is told, and deleted when the person says so twice', async () => {
  await using proxy = await proxyWithPage({ receipts: FOUR });
  const page = await proxy.open();
  await page.getByText(proxy.state).waitFor();
  await page.getByText('100 days').waitFor();
  expect(await page.locator('#stored-where').textContent()).toMatch(/\([1-9]\d* kB\)/);

  await page.getByRole('button', { name: 'Delete all receipts…' }).click();
  await page.keyboard.press('Enter'); // what has the focus keeps them
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await rowsOf(page)).toHaveLength(3);

  await page.getByRole('button', { name: 'Delete all receipts…' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('The receipts were deleted.').waitFor();
  await page.getByText('There is no receipt yet.').waitFor();
  expect(await proxy.receipts()).toContain('no receipts');

  await proxy.send();
  await page.locator('body[data-shown="1"]').waitFor();
});

test('ten thousand receipts are there, and only those in sight are laid out', async () => {
  const many = Array.from({ length: 10_000 }, (_, at) => {
    const time = new Date(Date.UTC(2026, 10, 1) + at * 60_000).toISOString();
    return [offered(`m${at}`, { time }), answered(`m${at}`, 'relayed')];
  });
  await using proxy = await proxyWithPage({ receipts: many.flat() });
  const page = await proxy.open();
  await page.locator('body[data-shown="10000"]').waitFor();
  const reached = page.getByRole('listitem').first().locator('summary');
  expect(await reached.getAttribute('tabindex'), 'Tab leads to the newest').toBe('0');
  expect(await page.locator('summary[tabindex="0"]').count()).toBe(1);
  const [newest, oldest] = [page.locator('time').first(), page.locator('time').last()];
  expect(await newest.getAttribute('datetime')).toBe('2026-11-07T22:39:00.000Z');
  expect(await oldest.getAttribute('datetime')).toBe('2026-11-01T00:00:00.000Z');
  expect(await laidOut(page)).toBeLessThan(300);
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight / 2));
  await page.waitForFunction(() => scrollY > 10_000);
  expect(await laidOut(page)).toBeLessThan(500);

  // What is there already is neither made anew nor put in again.
  await page.evaluate(() => {
    const list = document.querySelector('#list');
    if (list === null) throw new Error('no list');
    const watched = { added: 0 };
    Object.assign(globalThis, { watched });
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) watched.added += addedNodes.length;
    }).observe(list, { childList: true, subtree: true });
  });
  await proxy.send();
  await page.locator('[data-outcome="relayed"]').first().getByText('to example.net').waitFor();
  await page.locator('body[data-shown="10001"]').waitFor();
  expect(await page.evaluate('watched.added')).toBeLessThan(50);
});

test('a server with a long name leaves room for the others, and an address from right to left turns nothing round', async () => {
  const server = `${'very-long-label.'.repeat(11)}example`;
  const rightToLeft = '\u05d0\u05d1\u05d2@example.org';
  const receipts = [offered('long', { server, sender: rightToLeft }), answered('long', 'relayed')];
  await using proxy = await proxyWithPage({ receipts });
  const page = await proxy.open({ viewport: { width: 900, height: 800 } });
  const row = page.locator('[data-id=long] summary');
  expect((await row.boundingBox())?.height).toBeLessThan(200);
  expect(await row.locator('.way bdi').allTextContents()).toEqual([rightToLeft, 'example.net']);
  expect(await row.locator('.way').textContent()).toBe(`${rightToLeft} to example.net`);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1000, 320]) {
    test(`the page has no barrier that axe finds, and nothing is cut off (${colorScheme}, ${width} px)`, async () => {
      const receipts = [
        ...FOUR,
        offered('long', {
          sender: LONG,
          domains: [LONG.replace(/.*@/, '')],
          server: LONG.slice(65),
        }),
        answered('long', 'refused', { text: `no ${'x'.repeat(300)}` }),
      ];
      await using proxy = await proxyWithPage({ receipts });
      const page = await proxy.open({ colorScheme, viewport: { width, height: 800 } });
      await page.locator('[data-id=long] summary').click();
      await page.locator('[data-id=long] dl').waitFor();
      expect(await page.evaluate(sidewaysOverflow)).toEqual([]);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);

      await page.getByRole('button', { name: 'Delete all receipts…' }).click();
      const dialog = await new AxeBuilder({ page }).include('dialog').analyze();
      expect(dialog.violations.map(({ id }) => id)).toEqual([]);
    });
  }
}

test.each([
  ['de-AT', 'Nicht gesendet', /20\.11\.2026/],
  ['fr-CH', 'Non envoyé', /20 nov\. 2026/],
  ['it-IT', 'Not sent', /20 nov 2026/],
])(
  'in %s the page speaks the person’s language and tells the time as is usual there',
  async (locale, word, day) => {
    await using proxy = await proxyWithPage({ receipts: FOUR });
    const page = await proxy.open({ locale });
    await expectText(page.getByRole('listitem').first(), word);
    expect(await page.locator('time').first().textContent()).toMatch(day);
  },
);

async function rowsOf(page: Page): Promise<readonly string[]> {
  return await page.getByRole('listitem').allTextContents();
}

async function expectText(row: ReturnType<Page['locator']>, text: string): Promise<void> {
  expect(await row.textContent()).toContain(text);
}

async function laidOut(page: Page): Promise<number> {
  return await page.evaluate(
    () =>
      [...document.querySelectorAll('.receipt')].filter((row) =>
        row.checkVisibility({ contentVisibilityAuto: true }),
      ).length,
  );
}

async function contentOf(download: Download): Promise<string> {
  return await readFile(await download.path(), 'utf8');
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => document.activeElement?.textContent ?? '');
}

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let pressed = 0; pressed < 20; pressed += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus`).count()) > 0) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}
