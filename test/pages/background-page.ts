import type { Page } from 'playwright';
import { type Answers, type ControlServer, controlServer } from './control-server.ts';
import { EMPTY_PAGE, openPage, type OpenedPage } from './opened-page.ts';
import { type ComposeWindow, type StoredMessage, type Surroundings, TAB_ID } from './stand-in.ts';

/** The compose window as Thunderbird names it in events. */
export const TAB = { id: TAB_ID, windowId: 1, type: 'messageCompose' };

export const NEW_MESSAGE: ComposeWindow = {
  type: 'new',
  identityId: 'id1',
  customHeaders: [],
  isModified: false,
};

/** An answer that was saved; Thunderbird has dropped its marker and names the mail it answers. */
export const DRAFT: ComposeWindow = {
  ...NEW_MESSAGE,
  type: 'draft',
  relatedMessageId: 11,
  subject: 'Re: The contract',
  to: ['Bob <bob@example.net>'],
};

const ANSWERED: StoredMessage = {
  id: 11,
  folder: 'inbox',
  author: 'Bob <bob@example.net>',
  subject: 'The contract',
  recipients: ['ada@example.org'],
  headers: { 'x-tls-required': ['No'] },
};

/** The stored messages around `DRAFT`, one draft for each list of marker values. */
export function draftsSaying(...markers: readonly (readonly string[])[]): readonly StoredMessage[] {
  const drafts = markers.map((values, at): StoredMessage => ({
    id: 12 + at,
    folder: 'drafts',
    author: 'Ada Lovelace <ada@example.org>',
    subject: 'The contract',
    recipients: ['bob@example.net'],
    headers: values.length === 0 ? {} : { 'x-tls-required': values },
  }));
  return [ANSWERED, ...drafts];
}

export const MARKED: ComposeWindow = {
  ...NEW_MESSAGE,
  customHeaders: [{ name: 'X-Tls-Required', value: 'Yes' }],
};

/** As it is before the background page has run. */
export const STARTING = { local: {}, session: {} };

/** As it is once it has: the windows that were open then are known. */
export const RUNNING = { local: {}, session: { started: true } };

/** The answers of a proxy through which all mail goes, to a server that offers REQUIRETLS. */
export const THROUGH = {
  hello: {
    version: '0.1.0',
    accounts: [
      {
        name: 'home',
        host: '127.0.0.1',
        port: 8689,
        tls: false,
        server: 'smtp.example.net:465',
      },
    ],
    readsPreferences: true,
  },
  route: {
    route: {
      kind: 'through-proxy',
      account: 'home',
      evidence: { by: 'preferences', profile: 'abc.default', ageMs: 60_000 },
    },
  },
  offer: { kind: 'proved', server: 'smtp.example.net:465', tls: 'TLSv1.3', requireTls: true },
  compose: {},
  resolver: { resolver: '192.0.2.53:53', inClear: true, validator: 'none' },
  outcomes: { receipts: [] },
  unpair: {},
} as const satisfies Answers;

export type OpenedBackground = OpenedPage & { readonly proxy: ControlServer };

/**
 * Runs the extension's background page with a stand-in for Thunderbird around it, paired with a
 * proxy.
 */
export async function openBackground(
  around: Partial<Surroundings>,
  answers: Answers = THROUGH,
): Promise<OpenedBackground> {
  const proxy = await controlServer(answers);
  const { local, session } = around.storage ?? RUNNING;
  const opened = await openPage(EMPTY_PAGE, {
    withBackground: true,
    around: {
      ...around,
      storage: { local: { pairing: proxy.stored, ...local }, session },
    },
  });
  await opened.page.evaluate(() => backgroundPage);
  return {
    page: opened.page,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** What the extension answers when Thunderbird asks before sending. */
export async function send(page: Page): Promise<unknown> {
  const [answer] = await page.evaluate((tab) => happenings.fire('onBeforeSend', tab, {}), TAB);
  return answer;
}

/** Presses Send with a draft whose stored message has these marker fields. */
export async function sendDraft(values: readonly string[]): Promise<unknown> {
  await using opened = await openBackground({
    composeWindow: DRAFT,
    storedMessages: draftsSaying(values),
    storage: { ...RUNNING, session: { started: true, 'window-7': 'opened' } },
  });
  return await send(opened.page);
}
