import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { answered, offered, proxyWithPage } from './receipts-in-browser.ts';

const ONE = [offered('sent'), answered('sent', 'relayed')];

/** Takes the token of a link before the page does, and shows it. */
const THIEF = `
  document.documentElement.dataset.thief = 'was here';
  const token = location.hash.slice(1);
  const headers = { 'content-type': 'application/json' };
  fetch('/v1/page', { method: 'POST', headers, body: JSON.stringify({ token }) });
`;

const FOR_EVER = 'public, max-age=31536000, immutable';
const PAGE_OF_THIEF = `<!doctype html><title>thief</title><script>${THIEF}</script>`;
const WORKER = `
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('fetch', (event) => {
    const headers = { 'content-type': 'text/html' };
    const page = new Response(${JSON.stringify(PAGE_OF_THIEF)}, { headers });
    if (event.request.mode === 'navigate') event.respondWith(page);
  });
`;

/** What a program leaves in a browser that comes by, for whoever has the port after it. */
const LEFT_BEHIND: Readonly<Record<string, RequestListener>> = {
  'a service worker': ({ url }, response) => {
    if (url === '/worker.js') say(response, 'text/javascript', WORKER);
    else {
      const register = "navigator.serviceWorker.register('/worker.js')";
      const ready = "navigator.serviceWorker.ready.then(() => (document.title = 'ready'))";
      say(response, 'text/html', `<!doctype html><script>${register}; ${ready}</script>`);
    }
  },
  'a cached page': (_request, response) => {
    say(response, 'text/html', PAGE_OF_THIEF.replace('<title>thief', '<title>ready'), FOR_EVER);
  },
  'a cached script': ({ url }, response) => {
    if (url === '/receipts.js') say(response, 'text/javascript', THIEF, FOR_EVER);
    else say(response, 'text/html', '<script src="/receipts.js"></script><title>ready</title>');
  },
};

test.each(Object.entries(LEFT_BEHIND))(
  'whoever had the port for a while and left %s gets hold of no link',
  async (_what, listener) => {
    await using proxy = await proxyWithPage({ receipts: ONE });
    const known = ['127.0.0.1', 'localhost', new URL(await proxy.link()).hostname];
    await proxy.stop();
    const page = await proxy.emptyPage();
    const thief = createServer(listener);
    thief.listen(proxy.controlPort, '127.0.0.1');
    await once(thief, 'listening');
    for (const name of known) {
      await page.goto(`http://${name}:${proxy.controlPort}/receipts/page.html`);
      await page.waitForFunction(() => document.title === 'ready');
    }
    thief.close();
    thief.closeAllConnections();
    await once(thief, 'close');

    await proxy.startAgain();
    await page.goto(await proxy.link());
    await page.locator('body[data-state="live"][data-shown="1"]').waitFor();
    expect(await page.locator('html').getAttribute('data-thief')).toBeNull();
    // It really would have been there.
    await page.goto(`http://127.0.0.1:${proxy.controlPort}/receipts/page.html`);
    await page.locator('html[data-thief]').waitFor();
  },
);

test('where browsers look beside 127.0.0.1 no other program can listen while the proxy runs', async () => {
  await using proxy = await proxyWithPage();
  const other = createServer();
  other.listen(proxy.controlPort, '::1');
  const [error]: unknown[] = await once(other, 'error');
  expect(error).toMatchObject({ code: 'EADDRINUSE' });
});

test('where another program listens beside the proxy, it is handed no link', async () => {
  await using proxy = await proxyWithPage();
  await proxy.stop();
  const other = createServer((_request, response) => say(response, 'text/html', PAGE_OF_THIEF));
  other.listen(proxy.controlPort, '::1');
  await once(other, 'listening');
  await proxy.startAgain();
  await expect(proxy.link()).rejects.toThrow(`another program listens at [::1]:`);

  other.close();
  await once(other, 'close');
  const page = await proxy.open();
  await page.locator('body[data-state="live"]').waitFor();
});

function say(
  response: Parameters<RequestListener>[1],
  type: string,
  content: string,
  cacheControl = 'no-store',
): void {
  response.writeHead(200, { 'content-type': type, 'cache-control': cacheControl }).end(content);
}
