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
  readonly folderId?: readonly string[];
  readonly headerMessageId?: string;
  readonly fromMe?: boolean;
  readonly fromDate?: Date;
  readonly messagesPerPage?: number;
  readonly autoPaginationTimeout: number;
};

/** Of `messages.sendMessage`, which came with Thunderbird 153. */
type NewMessageDetails = {
  readonly identityId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly isPlainText: boolean;
  readonly body?: string;
  readonly plainTextBody?: string;
  readonly deliveryFormat?: string;
  readonly customHeaders: readonly messenger.compose.CustomHeader[];
  readonly overrideDefaultFccFolder: '';
};

type Messages = Pick<
  typeof messenger.messages,
  'continueList' | 'get' | 'onDeleted' | 'onMoved' | 'onNewMailReceived'
> & {
  /** With the permission `messages.send` only. */
  readonly sendMessage: (
    details: NewMessageDetails,
    options: { readonly mode: 'sendNow' },
  ) => Promise<unknown>;
  /** With the permission `messagesDelete` only. */
  readonly delete: (
    messageIds: readonly messenger.messages.MessageId[],
    options: { readonly deletePermanently: boolean },
  ) => Promise<void>;
  readonly query: (query: MessagesQuery) => Promise<messenger.messages.MessageList>;
  readonly getHeaders: (
    messageId: messenger.messages.MessageId,
    options: { readonly decodeHeaders: boolean },
  ) => Promise<Readonly<Record<string, readonly string[]>>>;
};

/** Thunderbird has permissions that Firefox has not. */
type Permissions = {
  readonly permissions?: readonly string[];
  readonly origins?: readonly string[];
};

type PermissionMethods = Readonly<
  Record<'contains' | 'request' | 'remove', (permissions: Permissions) => Promise<boolean>>
>;

type Thunderbird = {
  readonly accounts: typeof messenger.accounts;
  readonly commands: typeof messenger.commands;
  readonly compose: Compose;
  readonly composeAction: typeof messenger.composeAction;
  readonly folders: typeof messenger.folders;
  readonly identities: typeof messenger.identities;
  readonly messages: Messages;
  readonly permissions: PermissionMethods;
  readonly tabs: typeof messenger.tabs;
};

/**
 * The namespaces that only Thunderbird has, on the object that webextension-polyfill hands out.
 *
 * The published types (@types/thunderbird-webext-browser 127; look again 2027-06) let
 * `onBeforeSend` answer only at once, do not know `messages.getHeaders`, `messages.sendMessage` and
 * the newest permissions, and know `messages.query` without lists of folders: corrected here, once.
 */
// The polyfill's types know Firefox only; in Thunderbird its object is `messenger` itself.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is no way to check it
export const thunderbird = browser as unknown as Thunderbird;
