import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright';
import { afterAll } from 'vitest';
import { receiptLine } from '../../shared/submission/receipt-line.ts';
import type { ReceiptEvent, SubmissionFacts } from '../../shared/submission/receipt.ts';
import { MailProgram } from '../hostile/mail-program.ts';
import { RecordingServer } from '../hostile/recording-server.ts';
import { placeFor } from '../hostile/running-proxy.ts';
import { greetedBy } from '../hostile/submitting.ts';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');

/** The built proxy with a server behind it that offers REQUIRETLS, and its page in a browser. */
export type ProxyWithPage = AsyncDisposable & {
  readonly state: string;
  readonly controlPort: number;
  /** What `requiretls receipts` prints. */
  readonly receipts: () => Promise<string>;
  /** Ends all connections of the server. */
  readonly loseServer: () => Promise<void>;
  /** Stops the proxy, and starts it again at the same ports. */
  readonly stop: () => Promise<void>;
  readonly startAgain: () => Promise<void>;
  /** What `requiretls receipts --open` prints. */
  readonly link: () => Promise<string>;
  /** In a browser that knows nothing yet. */
  readonly emptyPage: (how?: BrowserContextOptions) => Promise<Page>;
  /** The page of receipts in a browser that knows nothing yet, by a new link unless another one is given. */
  readonly open: (how?: BrowserContextOptions, link?: string) => Promise<Page>;
  /** Sends a message through the proxy. */
  readonly send: (letter?: Partial<Letter>) => Promise<string>;
};

type Letter = { readonly from: string; readonly to: string; readonly marker: string };

type Arranged = {
  /** What stands in the state folder before the proxy is started. */
  readonly receipts?: readonly ReceiptEvent[];
  readonly offers?: readonly string[];
  readonly answer?: () => string | undefined;
};

export async function proxyWithPage(arranged: Arranged = {}): Promise<ProxyWithPage> {
  const { offers = ['REQUIRETLS'], answer, receipts = [] } = arranged;
  const server = await RecordingServer.start({ offers, ...(answer && { answer }) });
  const place = await placeFor(server);
  await mkdir(place.state, { mode: 0o700 });
  const lines = receipts.map(receiptLine).join('');
  await writeFile(join(place.state, 'receipts.jsonl'), lines, { mode: 0o600 });
  let proxy = await place.start();
  const { port, controlPort } = proxy;
  const contexts: BrowserContext[] = [];

  const link = async () => {
    const where = ['--state', place.state, '--control', `127.0.0.1:${controlPort}`];
    const words = [COMMAND, 'receipts', '--open', ...where];
    return (await promisify(execFile)(process.execPath, words)).stdout.trim();
  };
  const emptyPage = async (how?: BrowserContextOptions) => {
    const context = await (await startedBrowser()).newContext(how);
    contexts.push(context);
    return await context.newPage();
  };
  return {
    state: place.state,
    controlPort,
    link,
    emptyPage,
    async open(how, opened) {
      const page = await emptyPage(how);
      await page.goto(opened ?? (await link()));
      await page.locator('body[data-state]').waitFor();
      return page;
    },
    receipts: async () => await place.receipts(),
    loseServer: async () => await server.loseAll(),
    send: async (letter) => await send(port, letter),
    stop: async () => await proxy[Symbol.asyncDispose](),
    async startAgain() {
      const at = ['--listen', `127.0.0.1:${port}`, '--control', `127.0.0.1:${controlPort}`];
      proxy = await place.start(...at);
    },
    async [Symbol.asyncDispose]() {
      for (const context of contexts) await context.close();
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** @returns the reply to the final dot */
async function send(
  port: number,
  {
    from = 'ada@example.org',
    to = 'grace@example.net',
    marker = 'Yes; id=K7',
  }: Partial<Letter> = {},
): Promise<string> {
  using mailProgram: MailProgram = await greetedBy({ port });
  for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']) {
    await mailProgram.ask(command);
  }
  return await mailProgram.ask(`X-TLS-Required: ${marker}\r\nSubject: hi\r\n\r\nhello\r\n.`);
}

let started: Promise<Browser> | undefined;

async function startedBrowser(): Promise<Browser> {
  started ??= chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  return await started;
}

afterAll(async () => {
  await (await started)?.close();
});

/** A message that was sent as it should be, but for what is said. */
export function offered(
  id: string,
  facts: Partial<SubmissionFacts> = {},
): Extract<ReceiptEvent, { event: 'offered' }> {
  return {
    version: 1,
    event: 'offered',
    id,
    time: '2026-11-20T09:15:00.000Z',
    server: 'smtp.example.net',
    sender: 'ada@example.org',
    recipients: 1,
    domains: ['example.net'],
    messageId: `<${id}@example.org>`,
    markerId: `K-${id}`,
    requirement: 'required',
    by: 'X-TLS-Required',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', fingerprint: 'AB:CD' },
    requireTlsOffered: true,
    adding: 'REQUIRETLS',
    ...facts,
  };
}

/** What became of it. */
export function answered(
  id: string,
  outcome: 'relayed' | 'refused' | 'unknown',
  { text = 'Ok: queued', time = '2026-11-20T09:15:01.000Z' } = {},
): ReceiptEvent {
  const codes = {
    relayed: { code: 250, enhancedCode: '2.0.0' },
    refused: { code: 550, enhancedCode: '5.7.1' },
    unknown: { code: 451, enhancedCode: '4.4.2' },
  };
  return { version: 1, event: 'answered', id, time, outcome, reply: { ...codes[outcome], text } };
}
