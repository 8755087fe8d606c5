/** What a page is told about the Thunderbird around it: plain data, so that a test can read it. */
export type Surroundings = {
  readonly uiLanguage: string;
  /** The extension's `_locales/…/messages.json`. */
  readonly messages: Readonly<Record<string, LocalizedMessage>>;
  readonly identities: readonly {
    readonly id: string;
    readonly email: string;
    readonly name: string;
    readonly composeHtml?: boolean;
  }[];
  readonly composeWindow: ComposeWindow;
  readonly storedMessages: readonly StoredMessage[];
  readonly storage: { readonly local: Stored; readonly session: Stored };
  /** Types of the tabs that are open beside the compose window. */
  readonly otherTabs: readonly string[];
  /** Permissions that were granted. */
  readonly permissions: readonly string[];
  /** Permissions that the person grants when asked. */
  readonly grants: readonly string[];
};

export type StoredMessage = {
  readonly id: number;
  readonly folder: 'drafts' | 'templates' | 'sent' | 'inbox' | 'outbox' | 'trash';
  readonly messageId?: string;
  readonly author: string;
  readonly subject: string;
  readonly recipients: readonly string[];
  /** Names in lower case, as Thunderbird gives them. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
};

type LocalizedMessage = {
  readonly message: string;
  readonly placeholders?: Readonly<Record<string, { readonly content: string }>>;
};

type Stored = Readonly<Record<string, unknown>>;

/** The compose window, which is tab 7. */
export type ComposeWindow = {
  readonly type: 'new' | 'draft' | 'reply' | 'forward' | 'redirect';
  readonly identityId: string;
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
  readonly relatedMessageId?: number;
  readonly subject?: string;
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly isModified: boolean;
  readonly newsgroups?: string | readonly string[];
};

/** What happened to the surroundings since, for a test to look at. */
export type Happenings = {
  composeWindow: ComposeWindow;
  readonly storage: { local: Record<string, unknown>; session: Record<string, unknown> };
  readonly button: Record<string, unknown>;
  readonly notifications: string[];
  readonly permissions: string[];
  readonly openedPages: string[];
  readonly alarms: string[];
  /** Messages given to `messages.sendMessage`. */
  readonly sentMessages: Record<string, unknown>[];
  /** What `compose.sendMessage` was asked to do, by the window and the mode. */
  readonly composeSends: (readonly [number, unknown])[];
  storedMessages: readonly StoredMessage[];
  /** Whether the extension's button is in the toolbar, so that its popup can open. */
  hasButton: boolean;
  /** Whether the compose window is still open. */
  hasWindow: boolean;
  popupsOpened: number;
  setupPagesOpened: number;
  closed: boolean;
  /**
   * Names of methods that shall fail, as Thunderbird's do when a window is gone; with a first argument
   * behind the name, for that one only.
   */
  readonly failing: string[];
  /** Names of methods that do not answer as long as they stand here, as a mail server may not. */
  readonly hanging: string[];
  /** Waits until a method is called, or is known to have been. */
  readonly called: (name: string) => Promise<void>;
  /** How often each method was called. */
  readonly calls: Record<string, number>;
  readonly fire: (event: string, ...args: readonly unknown[]) => Promise<unknown[]>;
};

declare global {
  var happenings: Happenings;
  /** The background page's script, when it is loaded beside the page. */
  var backgroundPage: Promise<unknown> | undefined;
}

export const TAB_ID = 7;

/**
 * Puts a small model of Thunderbird's API into a page, before its scripts run.
 *
 * It is serialised and run in the browser, so it uses nothing from outside. Values are copied in
 * and out, as they are between an extension and Thunderbird.
 */
export function standInForThunderbird(around: Surroundings): void {
  const tab = { id: 7, windowId: 1, type: 'messageCompose', active: true };
  const listeners: Record<string, ((...args: readonly unknown[]) => unknown)[]> = {};
  const event = (name: string) => ({
    addListener: (listener: (...args: readonly unknown[]) => unknown) => {
      (listeners[name] ??= []).push(listener);
    },
    removeListener: () => undefined,
    hasListener: () => true,
  });
  const calls: Record<string, number> = {};
  const waiting: Record<string, (() => void)[]> = {};
  const happenings: Happenings = {
    composeWindow: around.composeWindow,
    storage: { local: { ...around.storage.local }, session: { ...around.storage.session } },
    button: {},
    notifications: [],
    permissions: [...around.permissions],
    openedPages: [],
    alarms: [],
    sentMessages: [],
    composeSends: [],
    storedMessages: around.storedMessages,
    hasButton: true,
    hasWindow: true,
    popupsOpened: 0,
    setupPagesOpened: 0,
    closed: false,
    failing: [],
    hanging: [],
    calls,
    called: async (name) =>
      await new Promise((resolve) => {
        if (name in calls) resolve();
        else (waiting[name] ??= []).push(resolve);
      }),
    fire: async (name, ...args) =>
      await Promise.all((listeners[name] ?? []).map(async (listener) => listener(...args))),
  };
  globalThis.happenings = happenings;
  window.close = () => {
    happenings.closed = true;
  };

  /** An API method: asynchronous, with copies of what goes in and comes out. */
  const method =
    <Args extends readonly unknown[], Result>(name: string, act: (...args: Args) => Result) =>
    async (...args: Args): Promise<Result> => {
      await Promise.resolve();
      calls[name] = (calls[name] ?? 0) + 1;
      for (const goOn of waiting[name] ?? []) goOn();
      while (happenings.hanging.includes(name)) await new Promise(requestAnimationFrame);
      const called = [name, `${name} ${String(args[0])}`];
      if (called.some((one) => happenings.failing.includes(one))) throw new Error(`${name} fails`);
      return structuredClone(act(...structuredClone(args)));
    };
  const area = (name: 'local' | 'session') => ({
    get: method(`storage.${name}.get`, (key: string) =>
      key in happenings.storage[name] ? { [key]: happenings.storage[name][key] } : {},
    ),
    set: method(`storage.${name}.set`, (items: Record<string, unknown>) => {
      Object.assign(happenings.storage[name], items);
    }),
    remove: method(`storage.${name}.remove`, (key: string) => {
      delete happenings.storage[name][key];
    }),
  });
  const look = (property: string) =>
    method(`composeAction.${property}`, (details: Record<string, unknown>) => {
      const { tabId, ...looks } = details;
      if (tabId === tab.id) Object.assign(happenings.button, looks);
    });

  const storedMessage = (id: number): StoredMessage => {
    const found = happenings.storedMessages.find((message) => message.id === id);
    if (found === undefined) throw new Error(`Message not found: ${id}.`);
    return found;
  };
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- serialised with this function
  const apiMessage = ({ headers: _headers, folder, messageId, ...message }: StoredMessage) => ({
    ...message,
    headerMessageId: messageId ?? `${message.id}@example.org`,
    ccList: [],
    folder: { id: folder, specialUse: [folder] },
  });
  const pageOf = ([first, ...rest]: readonly StoredMessage[]) => ({
    id: rest.length === 0 ? null : JSON.stringify(rest),
    messages: first === undefined ? [] : [apiMessage(first)],
  });

  type MessagesQuery =
    | { readonly fromMe: boolean }
    | { readonly folderId: readonly string[] }
    | { readonly headerMessageId: string };
  type Permissions = {
    readonly permissions?: readonly string[];
    readonly origins?: readonly string[];
  };
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- serialised with this function
  const namesIn = ({ permissions = [], origins = [] }: Permissions) => [...permissions, ...origins];

  const messenger = {
    runtime: {
      id: 'stand-in',
      getURL: (path: string) => new URL(`/${path}`, location.href).href,
      openOptionsPage: method('runtime.openOptionsPage', () => {
        happenings.setupPagesOpened += 1;
      }),
      sendMessage: async (message: unknown) => {
        await globalThis.backgroundPage; // Thunderbird starts it for a message
        const answers = await happenings.fire('onMessage', structuredClone(message));
        return structuredClone(answers.find((answer) => answer !== undefined));
      },
      onMessage: event('onMessage'),
      onInstalled: event('onInstalled'),
      onStartup: event('onStartup'),
    },
    i18n: {
      getUILanguage: () => around.uiLanguage,
      getMessage: (key: string, substitutions: string | readonly string[] = []) => {
        const { message = '', placeholders = {} } = around.messages[key] ?? {};
        const given = [substitutions].flat();
        return message.replaceAll(/\$(\w+)\$/g, (_whole, name: string) =>
          (placeholders[name]?.content ?? '').replace(
            /\$(\d)/,
            (_digit, at: string) => given[Number(at) - 1] ?? '',
          ),
        );
      },
    },
    storage: { local: area('local'), session: area('session') },
    notifications: {
      create: method('notifications.create', (...given: readonly unknown[]) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the last argument says it
        const { message } = given.at(-1) as { readonly message: string };
        happenings.notifications.push(message);
      }),
      onClicked: event('onClicked'),
    },
    tabs: {
      query: method('tabs.query', ({ type = 'messageCompose' }: { readonly type?: string }) =>
        [
          tab,
          ...around.otherTabs.map((other, at) => ({ id: tab.id + 1 + at, type: other })),
        ].filter((one) => one.type === type && (one.id !== tab.id || happenings.hasWindow)),
      ),
      create: method('tabs.create', ({ url }: { readonly url: string }) => {
        happenings.openedPages.push(new URL(url).pathname);
      }),
      onCreated: event('onCreated'),
      onRemoved: event('onRemoved'),
    },
    alarms: {
      get: method('alarms.get', (name: string) =>
        happenings.alarms.includes(name) ? { name } : undefined,
      ),
      create: method('alarms.create', (name: string) => {
        happenings.alarms.push(name);
      }),
      onAlarm: event('onAlarm'),
    },
    permissions: {
      contains: method('permissions.contains', (asked: Permissions) =>
        namesIn(asked).every((name) => happenings.permissions.includes(name)),
      ),
      request: method('permissions.request', (asked: Permissions) => {
        const granted = namesIn(asked).every((name) =>
          [...around.grants, ...happenings.permissions].includes(name),
        );
        if (granted) happenings.permissions.push(...namesIn(asked));
        return granted;
      }),
      remove: method('permissions.remove', (asked: Permissions) => {
        const kept = happenings.permissions.filter((name) => !namesIn(asked).includes(name));
        happenings.permissions.splice(0, Infinity, ...kept);
        return true;
      }),
    },
    commands: { onCommand: event('onCommand') },
    accounts: {
      list: method('accounts.list', () => [{ id: 'account1', identities: around.identities }]),
    },
    identities: {
      list: method('identities.list', () => around.identities),
      get: method('identities.get', (id: string) => around.identities.find((one) => one.id === id)),
    },
    folders: {
      query: method('folders.query', ({ specialUse }: { specialUse: readonly string[] }) =>
        specialUse.map((use) => ({ id: use, specialUse: [use] })),
      ),
    },
    messages: {
      get: method('messages.get', (id: number) => apiMessage(storedMessage(id))),
      // A page for each message, as a large folder has many.
      query: method('messages.query', (asked: MessagesQuery) =>
        'fromMe' in asked
          ? { id: null, messages: happenings.storedMessages.map(apiMessage) }
          : 'folderId' in asked
            ? pageOf(
                happenings.storedMessages.filter(({ folder }) => asked.folderId.includes(folder)),
              )
            : {
                id: null,
                messages: happenings.storedMessages
                  .map(apiMessage)
                  .filter(({ headerMessageId }) => headerMessageId === asked.headerMessageId),
              },
      ),
      sendMessage: method('messages.sendMessage', (details: Record<string, unknown>) => {
        happenings.sentMessages.push(details);
      }),
      delete: method('messages.delete', (ids: readonly number[]) => {
        happenings.storedMessages = happenings.storedMessages.filter(({ id }) => !ids.includes(id));
      }),
      onNewMailReceived: event('onNewMailReceived'),
      onDeleted: event('onDeleted'),
      onMoved: event('onMoved'),
      continueList: method('messages.continueList', (list: string) => pageOf(JSON.parse(list))),
      getHeaders: method(
        'messages.getHeaders',
        (id: number, { decodeHeaders = true }: { readonly decodeHeaders?: boolean } = {}) => {
          return Object.fromEntries(
            Object.entries(storedMessage(id).headers).map(([name, values]) => [
              name,
              values.map((value) =>
                decodeHeaders ? value.replaceAll(/=\?utf-8\?q\?(.*?)\?=/gi, '$1') : value,
              ),
            ]),
          );
        },
      ),
    },
    compose: {
      getComposeDetails: method('compose.getComposeDetails', () => happenings.composeWindow),
      setComposeDetails: method(
        'compose.setComposeDetails',
        (_tabId: number, details: Partial<ComposeWindow>) => {
          happenings.composeWindow = { ...happenings.composeWindow, ...details };
        },
      ),
      onBeforeSend: event('onBeforeSend'),
      onAfterSend: event('onAfterSend'),
      onAfterSave: event('onAfterSave'),
      onIdentityChanged: event('onIdentityChanged'),
      onComposeStateChanged: event('onComposeStateChanged'),
      sendMessage: method('compose.sendMessage', (tabId: number, { mode }: { mode: string }) => {
        happenings.composeSends.push([tabId, mode]);
      }),
    },
    composeAction: {
      setLabel: look('setLabel'),
      setTitle: look('setTitle'),
      setIcon: look('setIcon'),
      setBadgeText: look('setBadgeText'),
      setBadgeBackgroundColor: look('setBadgeBackgroundColor'),
      openPopup: method('composeAction.openPopup', () => {
        if (happenings.hasButton) happenings.popupsOpened += 1;
        return happenings.hasButton;
      }),
    },
  };
  Object.assign(globalThis, { browser: messenger, messenger });
  // webextension-polyfill looks here to learn whether it is in an extension.
  Object.assign(globalThis, { chrome: { runtime: { id: 'stand-in' } } });
}
