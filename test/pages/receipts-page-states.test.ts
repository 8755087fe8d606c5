import { once } from 'node:events';
import { createServer, request as requestTo } from 'node:http';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { answered, offered, proxyWithPage } from './receipts-in-browser.ts';

const LIMIT_MS = 10_000;
const ONE = [offered('sent'), answered('sent', 'relayed')];

test('before the first message the page says that it waits for one', async () => {
  await using proxy = await proxyWithPage();
  const page = await proxy.open();
  await page.getByText('There is no receipt yet.').waitFor();
  await proxy.send();
  await page.locator('body[data-shown="1"]').waitFor();
  await page.getByText('There is no receipt yet.').waitFor({ state: 'hidden' });
});

test('a link opens one page: whoever has it after that reads how to get another one', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const link = await proxy.link();
  const page = await proxy.open({}, link);
  await page.locator('body[data-shown="1"]').waitFor();
  expect(page.url(), 'nobody finds it in the history').not.toContain('#');

  const late = await proxy.open({}, link);
  await toldOn(late, 'spent', 'requiretls receipts --open');
  expect(await late.locator('.receipt').count()).toBe(0);
  const { violations } = await new AxeBuilder({ page: late }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, html: nodes[0]?.html }))).toEqual([]);
});

test('a page without any link says how to get one', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.open({}, `http://127.0.0.1:${proxy.controlPort}/receipts/page.html`);
  await toldOn(page, 'spent', 'requiretls receipts --open');
});

test('a page that is loaded anew goes on, and its copy in another tab does not', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.open();
  const kept = await page.evaluate(() => Object.fromEntries(Object.entries(sessionStorage)));
  await page.reload();
  await page.locator('body[data-shown="1"]').waitFor();

  const copy = await page.context().newPage();
  await copy.addInitScript((items) => Object.assign(sessionStorage, items), kept);
  await copy.goto(page.url());
  await toldOn(copy, 'spent', 'requiretls receipts --open');
});

test('a proxy that ends before the page is loaded leaves no blank page, and the page goes on by itself', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.emptyPage();
  await page.route('**/messages.json', async (route) => await route.abort());
  await page.goto(await proxy.link());
  await toldOn(page, 'no answer', 'requiretls run');
  await page.unroute('**/messages.json');
  await page.locator('body[data-state="live"][data-shown="1"]').waitFor();
  await page.getByRole('alert').waitFor({ state: 'hidden' });
});

test('while the proxy is stopped the page says so, and goes on by itself when it is back', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.open();
  await proxy.stop();
  await toldOn(page, 'no answer', 'requiretls run');
  expect(await page.locator('.receipt').count(), 'what was known stays').toBe(1);

  await proxy.startAgain();
  await page.locator('body[data-state="live"]').waitFor();
  expect(await page.locator('#notice').isVisible()).toBe(false);
  await proxy.send();
  await page.locator('body[data-shown="2"]').waitFor();
});

test('another program at the port of a stopped proxy is not believed, and learns nothing to use', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.open();
  await proxy.stop();
  const heard: string[] = [];
  await using squatter = await squatting(proxy.controlPort, heard);
  await toldOn(page, 'not proved', '');
  expect(await page.locator('.receipt').count()).toBe(1);
  await waitUntil(
    () => heard.some((body) => body.includes('"proof"')),
    LIMIT_MS,
    () => 'it was asked nothing',
  );
  const kept = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
  await squatter[Symbol.asyncDispose]();

  await proxy.startAgain();
  await page.locator('body[data-state="live"]').waitFor();
  const { host } = new URL(page.url());
  const sealed = heard.find((body) => body.includes('"proof"')) ?? '';
  expect(await asked(proxy.controlPort, host, '/v1/ask', sealed)).toEqual({
    refused: 'challenge spent',
  });
  // Whoever served a page there could have read this.
  const again = /"([\w-]{40,})"/.exec(kept.replaceAll('\\', ''))?.[1];
  expect(again).toBeDefined();
  expect(
    await asked(proxy.controlPort, host, '/v1/page', JSON.stringify({ token: again })),
  ).toEqual({
    refused: 'link spent',
  });
});

test('a page that nobody sees asks nothing, and catches up when it is seen again', async () => {
  await using proxy = await proxyWithPage({ receipts: ONE });
  const page = await proxy.emptyPage();
  await page.clock.install();
  await page.goto(await proxy.link());
  await page.locator('body[data-state="live"]').waitFor();
  let asking = 0;
  page.on('request', (request) => (asking += request.url().includes('/v1/') ? 1 : 0));
  const asks = async () => {
    await passing(page);
    return asking;
  };
  await expect.poll(asks, { timeout: 20_000 }).toBeGreaterThan(10);
  await seen(page, false);
  await passing(page); // what was begun before comes to its end
  const before = asking;
  await proxy.send();
  await passing(page);
  expect(asking).toBe(before);
  expect(await page.locator('.receipt').count()).toBe(1);

  await seen(page, true);
  await page.locator('body[data-shown="2"]').waitFor();
});

test('the page runs nothing but its own files, and nobody shows it in a frame', async () => {
  await using proxy = await proxyWithPage();
  const origin = `http://127.0.0.1:${proxy.controlPort}`;
  const response = await fetch(`${origin}/receipts/page.html`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toBe('no-store');
  for (const path of [
    '/popup.js',
    '/manifest.json',
    '/receipts/',
    '/receipts/..%2fpopup.js',
    '/',
  ]) {
    expect((await fetch(origin + path)).status, path).toBe(404);
  }
});

async function toldOn(page: Page, state: string, command: string): Promise<void> {
  await page.locator(`body[data-state="${state}"]`).waitFor();
  const alert = page.getByRole('alert');
  expect((await alert.locator('p').first().textContent())?.length).toBeGreaterThan(20);
  const code = alert.locator('code');
  expect(command === '' ? '' : await code.textContent()).toBe(command);
  expect(await code.isVisible()).toBe(command !== '');
}

/** Half a minute for the page's clock, and for the network as long as ten answers take. */
async function passing(page: Page): Promise<void> {
  for (let answers = 0; answers < 10; answers += 1) {
    await page.clock.runFor(3000);
    await page.evaluate(async () => await (await fetch('/receipts/page.html')).text());
  }
}

async function seen(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, !isSeen);
}

/** A program that has taken the port, and answers as well as it can without the key. */
async function squatting(port: number, heard: string[]): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      heard.push(body);
      const receipts = [{ ...offered('forged'), outcome: 'relayed' }];
      const said = JSON.stringify({ answer: { epoch: 'x', receipts, upTo: 1, more: false } });
      const answer =
        request.url === '/v1/challenge'
          ? { challenge: 'A'.repeat(22) }
          : { said, proof: 'A'.repeat(43) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Asks as the page at a host does. A program can say so of itself, where a browser cannot. */
async function asked(port: number, host: string, path: string, body: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', host, origin: `http://${host}` };
  const post = requestTo({ host: '127.0.0.1', port, path, method: 'POST', headers });
  post.end(body);
  const [response] = await once(post, 'response');
  let text = '';
  for await (const part of response) text += String(part);
  const said: unknown = JSON.parse(text);
  return said;
}
