import browser from 'webextension-polyfill';

/** What a listener of `compose.onBeforeSend` answers: nothing, other details, or "do not send". */
export type BeforeSendAnswer = {
  readonly cancel?: boolean;
  readonly details?: messenger.compose.ComposeDetails;
};

type BeforeSendListener = (
  tab: messenger.tabs.Tab,
  details: messenger.compose.ComposeDetails,
) => Promise<BeforeSendAnswer>;

type Compose = Omit<typeof messenger.compose, 'onBeforeSend'> & {
  readonly onBeforeSend: WebExtEvent<BeforeSendListener>;
};

type MessagesQuery = {
  readonly folderId: readonly string[];
  readonly autoPaginationTimeout: number;
};

type Messages = Pick<typeof messenger.messages, 'continueList' | 'get'> & {
  readonly query: (query: MessagesQuery) => Promise<messenger.messages.MessageList>;
  readonly getHeaders: (
    messageId: messenger.messages.MessageId,
    options: { readonly decodeHeaders: boolean },
  ) => Promise<Readonly<Record<string, readonly string[]>>>;
};

type Thunderbird = {
  readonly accounts: typeof messenger.accounts;
  readonly commands: typeof messenger.commands;
  readonly compose: Compose;
  readonly composeAction: typeof messenger.composeAction;
  readonly folders: typeof messenger.folders;
  readonly identities: typeof messenger.identities;
  readonly messages: Messages;
  readonly tabs: typeof messenger.tabs;
};

/**
 * The namespaces that only Thunderbird has, on the object that webextension-polyfill hands out.
 *
 * The published types (@types/thunderbird-webext-browser 127; look again 2027-06) let
 * `onBeforeSend` answer only at once, do not know `messages.getHeaders` and know `messages.query`
 * without lists of folders: corrected here, once.
 */
// The polyfill's types know Firefox only; in Thunderbird its object is `messenger` itself.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is no way to check it
export const thunderbird = browser as unknown as Thunderbird;
