import { readFile } from 'node:fs/promises';
import path from 'node:path';

export const PAGE_PATH = '/receipts/page.html';

/** What of the built extension belongs to the page of receipts, or to several of its pages. */
const SERVED = [
  /^\/receipts\/page\.html$/,
  /^\/receipts\.js$/,
  /^\/chunks\/[\w-]{1,80}\.js$/,
  /^\/assets\/[\w-]{1,80}\.(?:css|svg)$/,
  /^\/_locales\/[a-z]{2}\/messages\.json$/,
];

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Its own files and the proxy's answers, nothing else; in nobody's frame, and no form. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export type PageFile = {
  readonly content: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
};

/** The page of receipts for a browser: the same files that the extension shows in a tab. */
export class PageFiles {
  readonly #folder: string;

  /** @param folder the built extension, which lies beside the command */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param asked path of a request, beginning with `/`
   * @returns undefined for whatever is none of the page's files
   */
  async get(asked: string): Promise<PageFile | undefined> {
    if (!SERVED.some((pattern) => pattern.test(asked))) return undefined;
    try {
      const content = await readFile(path.join(this.#folder, asked));
      const type = MEDIA_TYPES[path.extname(asked)] ?? 'application/octet-stream';
      return {
        content: new Uint8Array(content),
        headers: { 'content-type': type, 'content-security-policy': POLICY },
      };
    } catch {
      return undefined; // it was not built, or is being built just now
    }
  }
}
