import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium, type Page } from 'playwright';
import { expect, test } from 'vitest';
import { controlPlace, type ControlPlace } from '../hostile/control-place.ts';
import { provedQuestion } from '../hostile/sealed-question.ts';
import { listeningPort } from '../listening-port.ts';

const EVIL_PAGE = '<!doctype html><title>evil</title><body></body>';

/** A page of a site that somebody visits while the proxy runs, in a browser of its own. */
type Visit = AsyncDisposable & {
  readonly page: Page;
  readonly port: number;
  /** The site goes away; its page stays open. */
  end(): Promise<void>;
};

/** The site is on this computer too: from elsewhere Chromium lets no page ask a computer at home. */
async function visit(): Promise<Visit> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(EVIL_PAGE);
  });
  const port = await listeningPort(site);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--host-resolver-rules=MAP *.example 127.0.0.1',
    ],
  });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://evil.example:${port}/`);
  const end = async () => {
    if (!site.listening) return;
    const closed = once(site, 'close');
    site.close();
    site.closeAllConnections();
    await closed;
  };
  return {
    page,
    port,
    end,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await end();
    },
  };
}

/** A question that would do something if it were taken: it is proved and fresh. */
async function unpairing(place: ControlPlace): Promise<string> {
  const key = { pairing: 'pairing-of-a-test', key: new Uint8Array(32).fill(7) };
  const created = new Date(0).toISOString();
  await place.profiles.add({ ...key, name: 'Ada', created });
  return JSON.stringify(await provedQuestion(place.port, key, { ask: 'unpair' }));
}

async function expectNothingChanged(place: ControlPlace): Promise<void> {
  expect(await place.profiles.all()).toHaveLength(1);
}

test('a page of another site reads nothing by fetch, whatever way it tries', async () => {
  await using place = await controlPlace();
  const body = await unpairing(place);
  await using visited = await visit();
  const tried = await visited.page.evaluate(
    async ({ base, question }) => {
      const options: readonly RequestInit[] = [
        { method: 'GET' },
        { method: 'POST', body: question },
        { method: 'POST', body: question, mode: 'no-cors' },
        { method: 'POST', body: question, headers: { 'content-type': 'application/json' } },
        {
          method: 'POST',
          body: question,
          mode: 'no-cors',
          headers: { 'content-type': 'application/json' },
        },
        { method: 'POST', body: question, credentials: 'include', referrerPolicy: 'no-referrer' },
      ];
      const read: string[] = [];
      for (const path of ['/v1/challenge', '/v1/ask', '/v1/pair', '/receipts/page.html']) {
        for (const option of options) {
          try {
            const response = await fetch(`${base}${path}`, option);
            read.push(response.type === 'opaque' ? await response.text() : 'READ');
          } catch {
            read.push('');
          }
        }
      }
      return read;
    },
    { base: `http://127.0.0.1:${place.port}`, question: body },
  );
  expect(tried).toHaveLength(24);
  expect(tried.filter((text) => text !== '')).toEqual([]);
  await expectNothingChanged(place);
  expect(place.log()).toContain('"kind":"foreign origin"');
});

test('the page of receipts, which is the proxy’s own, is answered', async () => {
  await using place = await controlPlace();
  await using visited = await visit();
  await visited.page.goto(`http://127.0.0.1:${place.port}/receipts/page.html`);
  const status = await visited.page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/v1/challenge', { method: 'POST', body: '{}', headers })).status;
  });
  expect(status, 'so the tries of the other pages could have gone well').toBe(200);
});

test('a page of another site sends no form that is taken', async () => {
  await using place = await controlPlace();
  const body = await unpairing(place);
  await using visited = await visit();
  for (const enctype of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
  ]) {
    const page = await visited.page.context().newPage();
    await page.goto(visited.page.url());
    const answered = page.waitForResponse((response) => response.url().includes('/v1/ask'));
    await page.evaluate(
      ({ action, type, question }) => {
        const form = document.createElement('form');
        Object.assign(form, { action, method: 'post', enctype: type });
        const field = document.createElement('input');
        // As text/plain this comes out as JSON, but for the "=".
        field.name = `${question.slice(0, -1)},"x":"`;
        field.value = '"}';
        form.append(field);
        document.body.append(form);
        form.submit();
      },
      { action: `http://127.0.0.1:${place.port}/v1/ask`, type: enctype, question: body },
    );
    expect((await answered).status(), enctype).toBe(403);
    await page.close();
  }
  await expectNothingChanged(place);
});

/** Tries to load a script, a style and a picture, as any page may from anywhere. */
async function loaded(page: Page, base: string): Promise<readonly string[]> {
  return await page.evaluate(async (from) => {
    const script = Object.assign(document.createElement('script'), { src: `${from}/receipts.js` });
    const style = document.createElement('link');
    Object.assign(style, { rel: 'stylesheet', href: `${from}/assets/receipts.css` });
    const picture = document.createElement('img');
    picture.src = `${from}/assets/require-tls.svg`;
    const outcomes = [script, style, picture].map(
      async (element) =>
        new Promise<string>((resolve) => {
          element.addEventListener('load', () => resolve('LOADED'));
          element.addEventListener('error', () => resolve('failed'));
        }),
    );
    document.body.append(script, style, picture);
    return await Promise.all(outcomes);
  }, base);
}

test('a page of another site loads nothing of the proxy as script, picture, style or frame', async () => {
  await using place = await controlPlace();
  await using visited = await visit();
  const base = `http://127.0.0.1:${place.port}`;
  const own = await visited.page.context().newPage();
  await own.goto(`${base}/receipts/page.html`);
  expect(await loaded(own, base), 'all three are there').toEqual(['LOADED', 'LOADED', 'LOADED']);
  const { page } = visited;
  expect(await loaded(page, base)).toEqual(['failed', 'failed', 'failed']);

  const response = page.waitForResponse((one) => one.url().endsWith('/receipts/page.html'));
  await page.evaluate((source) => {
    const frame = Object.assign(document.createElement('iframe'), { src: source });
    document.body.append(frame);
  }, `${base}/receipts/page.html`);
  expect((await response).headers()['content-security-policy']).toMatch(/frame-ancestors 'none'/);
  // Not asked what stands in it: Chromium's own page of the fault gives no answer.
  const inFrame = () =>
    page
      .frames()
      .find((frame) => frame !== page.mainFrame())
      ?.url();
  await expect.poll(inFrame).toBe('chrome-error://chromewebdata/');
});

test('a site whose name was made to lead here, at the port of the proxy itself, reads nothing', async () => {
  await using visited = await visit();
  await visited.end();
  await using place = await controlPlace({}, visited.port);
  const body = await unpairing(place);
  const read = await visited.page.evaluate(async (question) => {
    const texts: string[] = [];
    for (const path of ['/v1/challenge', '/v1/ask', '/receipts/page.html', '/receipts.js']) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(path, {
          method,
          ...(method === 'POST' && { body: question }),
          headers: { 'content-type': 'application/json' },
        });
        texts.push(await response.text());
      }
    }
    return texts;
  }, body);
  expect(read).toEqual(Array.from({ length: 8 }, () => '{"refused":"foreign host"}'));
  await expectNothingChanged(place);
});
