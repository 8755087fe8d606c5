import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll } from 'vitest';
import { listeningPort } from '../listening-port.ts';
import { standInForThunderbird, type Surroundings } from './stand-in.ts';

/** Where `npm run build` puts the extension. */
export const BUILT_EXTENSION = join(import.meta.dirname, '../../dist/extension');

/** A page of nothing, for the background page's script, which Thunderbird gives none either. */
export const EMPTY_PAGE = '/empty.html';

export const LANGUAGES = ['en', 'fr', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A page of the built extension, open in a browser with a stand-in for Thunderbird around it. */
export type OpenedPage = AsyncDisposable & { readonly page: Page };

export type HowOpened = {
  readonly language?: Language;
  readonly around?: Partial<Surroundings>;
  /** Loads the background page's script too, so that the popup has somebody to talk to. */
  readonly withBackground?: boolean;
  readonly context?: BrowserContextOptions;
};

/** A new message, in an extension that is not paired. */
const PLAIN: Omit<Surroundings, 'uiLanguage' | 'messages'> = {
  identities: [{ id: 'id1', email: 'ada@example.org', name: 'Ada Lovelace' }],
  composeWindow: { type: 'new', identityId: 'id1', customHeaders: [], isModified: false },
  storedMessages: [],
  storage: { local: {}, session: {} },
  otherTabs: [],
  permissions: ['http://127.0.0.1/*'],
  grants: [],
};

/** Opens a page of the extension, or `EMPTY_PAGE`. */
export async function openPage(path: string, how: HowOpened = {}): Promise<OpenedPage> {
  const server = await serveExtension();
  const browser = await startedBrowser();
  const context = await browser.newContext(how.context);
  const close = async () => {
    await context.close();
    await server[Symbol.asyncDispose]();
  };
  try {
    const page = await context.newPage();
    await surround(page, how);
    await page.goto(new URL(path, server.origin).href);
    return { page, [Symbol.asyncDispose]: close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

let started: Promise<Browser> | undefined;

/** One browser for all tests of a file: its contexts share nothing, and starting takes a second. */
async function startedBrowser(): Promise<Browser> {
  started ??= chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      // Stands for the permission to reach the proxy, which has no words for pages of elsewhere.
      '--disable-web-security',
    ],
  });
  return await started;
}

afterAll(async () => {
  await (await started)?.close();
});

async function surround(page: Page, how: HowOpened): Promise<void> {
  const language = how.language ?? 'en';
  const messages = JSON.parse(
    await readFile(join(BUILT_EXTENSION, '_locales', language, 'messages.json'), 'utf8'),
  );
  await page.addInitScript(standInForThunderbird, {
    ...PLAIN,
    uiLanguage: language,
    messages,
    ...how.around,
  });
  if (how.withBackground === true) {
    // A string: vitest would rewrite an `import()` in a function.
    await page.addInitScript("globalThis.backgroundPage = import('/background.js')");
  }
}

async function serveExtension(): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer((request, response) => void answer(request, response));
  const origin = `http://127.0.0.1:${await listeningPort(server)}`;
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { origin, [Symbol.asyncDispose]: close };
}

/** What the manifest lets the extension's pages do; Thunderbird enforces it. */
async function contentSecurityPolicy(): Promise<string> {
  const manifest: { readonly content_security_policy: { readonly extension_pages: string } } =
    JSON.parse(await readFile(join(BUILT_EXTENSION, 'manifest.json'), 'utf8'));
  return manifest.content_security_policy.extension_pages;
}

async function answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = url === EMPTY_PAGE ? undefined : url;
  try {
    const content = path === undefined ? '' : await readFile(join(BUILT_EXTENSION, path));
    response.setHeader('content-type', MEDIA_TYPES[extname(url)] ?? 'text/plain');
    response.setHeader('content-security-policy', await contentSecurityPolicy());
    response.end(content);
  } catch (cause) {
    response.writeHead(404).end(String(cause));
  }
}
