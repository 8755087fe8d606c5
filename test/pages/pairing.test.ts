import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { listeningPort } from '../listening-port.ts';
import { THROUGH } from './background-page.ts';
import { controlServer } from './control-server.ts';
import { type OpenedPage, openPage } from './opened-page.ts';
import { openPaired, SETUP, wayShown } from './opened-popup.ts';

const CODE = '7KQ2-M9XT-4HZD';

/** The set-up page of an extension that is not paired. */
async function openUnpaired(): Promise<OpenedPage> {
  const opened = await openPage(SETUP, { withBackground: true });
  await opened.page.locator('body[data-pairing="not paired"]').waitFor();
  return opened;
}

async function type(page: Page, code: string, port: number): Promise<void> {
  await page.locator('#code').fill(code);
  await page.locator('#control-port').fill(String(port));
  await page.locator('#code').press('Enter');
}

async function told(page: Page, text: string): Promise<void> {
  await page.locator('#pairing-status').getByText(text).waitFor();
}

test.each(['7KQ2-M9XT-4HZD', ' 7kq2 m9xt 4hzd ', '7kq2m9xt4hzd'])(
  'the code %j pairs, and the key never travels',
  async (typed) => {
    await using proxy = await controlServer(THROUGH);
    proxy.code = CODE;
    await using opened = await openUnpaired();
    const { page } = opened;
    expect(await page.locator('#profile-name').inputValue()).toBe('ada@example.org');
    await type(page, typed, proxy.port);
    await told(page, 'Paired. The proxy answers (version 0.1.0).');
    await page.locator('#served-accounts').getByText('127.0.0.1:8689').waitFor();
    await wayShown(page, 'through-proxy');
    expect(await page.locator('#code').inputValue()).toBe('');

    const stored = JSON.stringify(await page.evaluate(() => happenings.storage.local['pairing']));
    const { key }: { readonly key: string } = JSON.parse(stored);
    expect(key).toHaveLength(43);
    expect(proxy.heard.join('\n')).not.toContain(key);
    expect(proxy.heard.join('\n')).not.toContain('7KQ2');
    expect(proxy.heard.join('\n')).toContain('"name":"ada@example.org"');
  },
);

test('a wrong code tells how many tries are left, and stores nothing', async () => {
  await using proxy = await controlServer(THROUGH);
  proxy.code = CODE;
  await using opened = await openUnpaired();
  const { page } = opened;
  await type(page, '7KQ2-M9XT-4HZZ', proxy.port);
  await told(page, 'Tries left: 2');
  await type(page, '7KQ2-M9XT-4HZZ', proxy.port);
  await told(page, 'Tries left: 1');
  await type(page, '7KQ2-M9XT-4HZZ', proxy.port);
  await told(page, 'no try is left');
  await type(page, CODE, proxy.port);
  await told(page, 'no code waiting');
  expect(await page.evaluate(() => happenings.storage.local['pairing'])).toBe(undefined);
});

test.each([
  { code: '7KQ2-M9XT', port: '8690', says: 'This is not a whole code' },
  { code: '7KQ2-M9XT-4HZ!', port: '8690', says: 'This is not a whole code' },
  { code: CODE, port: '0', says: 'A port is a number' },
  { code: CODE, port: '86900', says: 'A port is a number' },
  { code: CODE, port: 'none', says: 'A port is a number' },
])('what cannot be right is told before anybody is asked: $code, $port', async (example) => {
  await using opened = await openUnpaired();
  const { page } = opened;
  await page.locator('#code').fill(example.code);
  await page.locator('#control-port').fill(example.port);
  await page.locator('#pair').press('Enter');
  await told(page, example.says);
});

test('where nobody listens the cure is to start the proxy', async () => {
  const proxy = await controlServer(THROUGH);
  await proxy[Symbol.asyncDispose]();
  await using opened = await openUnpaired();
  await type(opened.page, CODE, proxy.port);
  await told(opened.page, 'Nobody answers on this port. Start the proxy');
});

test('another program on the port is told as one', async () => {
  const other = createServer((_request, response) => response.end('<h1>It works!</h1>'));
  const port = await listeningPort(other);
  try {
    await using opened = await openUnpaired();
    await type(opened.page, CODE, port);
    await told(opened.page, 'Another program answers on this port');
  } finally {
    other.close();
    other.closeAllConnections();
    await once(other, 'close');
  }
});

test('who takes every code and cannot prove that he knows it is not paired with', async () => {
  await using squatter = await controlServer(THROUGH, 'squats');
  squatter.code = '0000-0000-0000';
  await using opened = await openUnpaired();
  await type(opened.page, CODE, squatter.port);
  await told(opened.page, 'one that does not know the code');
  expect(await opened.page.evaluate(() => happenings.storage.local['pairing'])).toBe(undefined);
});

test('a permission that Thunderbird does not give is asked for in words', async () => {
  await using proxy = await controlServer(THROUGH);
  proxy.code = CODE;
  await using opened = await openPage(SETUP, { around: { permissions: [] } });
  await opened.page.locator('body[data-pairing="not paired"]').waitFor();
  await type(opened.page, CODE, proxy.port);
  await told(opened.page, 'does not let this extension reach the proxy');
});

test('a key that the proxy has lost asks for a new code, and pairs again', async () => {
  await using opened = await openPaired(SETUP);
  const { page, proxy } = opened;
  await told(page, 'The proxy answers');
  proxy.manner = 'forgot';
  await page.locator('#check-again').click();
  await told(page, 'does not know this Thunderbird any more');
  await page.locator('#code').waitFor();

  proxy.manner = 'answers';
  proxy.code = CODE;
  await type(page, CODE, proxy.port);
  await told(page, 'The proxy answers');
});

test('a proxy on another port is found again without a new pairing, and nobody else is', async () => {
  await using opened = await openPaired(SETUP);
  const { page, proxy } = opened;
  await told(page, 'The proxy answers');
  await page.evaluate(() => {
    const pairing = happenings.storage.local['pairing'];
    if (typeof pairing === 'object') Object.assign(pairing ?? {}, { port: 1 });
  });
  await using squatter = await controlServer(THROUGH, 'squats');
  const storedPort = () =>
    page.evaluate(
      () => JSON.stringify(happenings.storage.local['pairing']).match(/"port":(\d+)/)?.[1],
    );

  await page.locator('#control-port').fill(String(squatter.port));
  await page.locator('#check-again').click();
  await told(page, 'cannot prove');
  expect(await storedPort()).toBe('1');

  await page.locator('#control-port').fill(String(proxy.port));
  await page.locator('#check-again').click();
  await told(page, 'The proxy answers');
  expect(await storedPort()).toBe(String(proxy.port));
});

test('unpairing is told to the proxy, and done also when it cannot be', async () => {
  await using opened = await openPaired(SETUP);
  await told(opened.page, 'The proxy answers');
  await opened.page.locator('#unpair').click();
  await told(opened.page, 'The proxy has forgotten this Thunderbird');
  expect(opened.proxy.asked).toContainEqual({ ask: 'unpair' });
  expect(await opened.page.evaluate(() => happenings.storage.local['pairing'])).toBe(undefined);

  await using alone = await openPaired(SETUP);
  await told(alone.page, 'The proxy answers');
  alone.proxy.manner = 'squats';
  await alone.page.locator('#unpair').click();
  await told(alone.page, 'The proxy could not be told');
  expect(await alone.page.evaluate(() => happenings.storage.local['pairing'])).toBe(undefined);
});

test('a proxy that does not read the settings says what that means', async () => {
  const hello = { ...THROUGH.hello, readsPreferences: false };
  await using opened = await openPaired(SETUP, { answers: { ...THROUGH, hello } });
  await told(opened.page, 'only if you allow the probe');
});
