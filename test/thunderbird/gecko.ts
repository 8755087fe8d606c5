/**
 * The parts of Thunderbird's privileged world that the tests touch. Functions that take a
 * `Gecko` are not called here: their text is sent to Thunderbird and runs there, so they can
 * use nothing but their arguments.
 */
export type Gecko = {
  /** The window that was switched to. */
  readonly window: ThunderbirdWindow;
  readonly Services: {
    readonly wm: { getEnumerator(type: null): Iterable<ThunderbirdWindow> };
    readonly obs: {
      addObserver(observe: (window: ThunderbirdWindow) => void, topic: string): void;
      removeObserver(observe: (window: ThunderbirdWindow) => void, topic: string): void;
    };
    readonly console: { getMessageArray(): readonly object[] };
    readonly logins: { addLoginAsync(login: LoginInfo): Promise<unknown> };
    readonly prefs: {
      setIntPref(name: string, value: number): void;
      setBoolPref(name: string, value: boolean): void;
      setStringPref(name: string, value: string): void;
      /** @param file null for the profile's own */
      savePrefFile(file: null): void;
    };
  };
  readonly ChromeUtils: {
    importESModule<Address extends keyof Modules>(url: Address): Modules[Address];
  };
  readonly IOUtils: { readUTF8(path: string): Promise<string> };
  readonly Cc: Readonly<
    Record<
      string,
      {
        createInstance<Made>(type: Interface<Made>): Made;
        getService<Made>(type: Interface<Made>): Made;
      }
    >
  >;
  readonly Ci: {
    readonly nsILoginInfo: Interface<LoginInfo>;
    readonly nsIFile: Interface<LocalFile>;
    readonly nsIX509CertDB: Interface<CertificateStore>;
    readonly nsIMsgLocalMailFolder: unknown;
    readonly nsMsgFolderFlags: Readonly<Record<string, number>>;
  };
  readonly WebExtensionPolicy: { getByID(id: string): ExtensionPolicy | null };
  readonly SmtpClient: {
    readonly prototype: { _sendCommand: SayCommand; saysUsually?: SayCommand };
  };
  readonly MailServices: {
    readonly ab: {
      getMailListFromName(name: string): { readonly childCards: readonly object[] } | null;
    };
    readonly outgoingServer: { getServerByKey(key: string): OutgoingServerHandle };
    readonly accounts: {
      readonly localFoldersServer: { readonly rootFolder: MailFolder };
      getIdentity(key: string): {
        readonly fullName: string;
        readonly email: string;
        /** The key of its outgoing server. */
        smtpServerKey: string;
      };
    };
  };
};

/** Thunderbird's own modules, by their addresses. */
type Modules = {
  /** What an add-on was allowed beyond what its installation allows. */
  readonly 'resource://gre/modules/ExtensionPermissions.sys.mjs': {
    readonly ExtensionPermissions: Readonly<
      Record<
        'add' | 'remove',
        (
          id: string,
          permissions: {
            readonly permissions: readonly string[];
            readonly origins: readonly string[];
          },
          extension: object,
        ) => Promise<void>
      >
    >;
  };
  readonly 'chrome://openpgp/content/modules/RNP.sys.mjs': {
    readonly RNP: {
      /** @returns the key's id */
      genKey(
        userId: string,
        type: 'ECC',
        bits: number,
        expiryDays: number,
        passphrase: string,
      ): Promise<string>;
      saveKeyRings(): Promise<void>;
      /** @returns it in ASCII armour, empty when there is none */
      getPublicKey(id: string): Promise<string>;
      importPubkeyBlockAutoAcceptImpl(
        window: null,
        armoured: string,
        acceptance: 'verified',
      ): Promise<{ readonly exitCode: number; readonly errorMsg: string }>;
    };
  };
  readonly 'chrome://openpgp/content/modules/masterpass.sys.mjs': {
    readonly OpenPGPMasterpass: { retrieveOpenPGPPassword(): Promise<string> };
  };
  readonly 'chrome://openpgp/content/modules/sqliteDb.sys.mjs': {
    readonly PgpSqliteDb2: { acceptAsPersonalKey(fingerprint: string): Promise<void> };
  };
};

type SayCommand = (this: unknown, command: string, suppressLogging?: boolean) => void;

export type ThunderbirdWindow = Window & {
  /** In the compose window: it is being sent or saved, and nothing in it can be used. */
  readonly gWindowLocked?: boolean;
  readonly gSaveOperationInProgress?: boolean;
  readonly gContentChanged?: boolean;
  /** In the compose window: typing reaches the body. */
  readonly composeEditorReady?: boolean;
  /** In the compose window: the message. */
  readonly gMsgCompose?: {
    readonly compFields: { setHeader(name: string, value: string): void };
  };
  goDoCommand(command: string): void;
  /** In the main window: opens the Account Settings in a tab. */
  MsgAccountManager(page: null): void;
  /** In the compose window. */
  FileToAttachment(file: LocalFile): object;
  AddAttachments(attachments: readonly object[]): Promise<void>;
};

export type XulBrowser = HTMLElement & {
  readonly currentURI?: { readonly spec: string };
  readonly contentWindow: ThunderbirdWindow | null;
  readonly browsingContext: {
    readonly currentWindowGlobal: { getActor(name: 'MarionetteCommands'): PageActor };
  };
};

/** Marionette's arm inside a page, which `SwitchToFrame` cannot reach in an add-on's popup. */
export type PageActor = {
  findElement(using: 'css selector', value: string, options: { timeout: number }): Promise<object>;
  clickElement(element: object, capabilities: object): Promise<void>;
  sendKeysToElement(element: object, text: string, capabilities: object): Promise<void>;
  executeScript(script: string, args: readonly unknown[], options: object): Promise<unknown>;
};

export type ExtensionPolicy = {
  readonly extension: {
    readonly uuid: string;
    readonly version: string;
    readonly views: Iterable<{ readonly viewType: string; readonly xulBrowser: XulBrowser }>;
    terminateBackground(): Promise<void>;
    wakeupBackground?(): Promise<void>;
  };
};

/** An XPCOM interface, by what it makes. */
type Interface<Made> = { readonly made?: Made };

type LocalFile = { initWithPath(path: string): void };

type CertificateStore = { addCertFromBase64(base64: string, trust: string): unknown };

type LoginInfo = {
  init(
    origin: string,
    formOrigin: null,
    realm: string,
    user: string,
    password: string,
    userField: string,
    passwordField: string,
  ): void;
};

type OutgoingServerHandle = {
  readonly wrappedJSObject: {
    port: number;
    socketType: number;
    closeCachedConnections(): void;
  };
};

export type MailFolder = {
  readonly URI: string;
  readonly filePath: { readonly path: string };
  readonly messages: Iterable<MessageHeader>;
  containsChildNamed(name: string): boolean;
  getChildNamed(name: string): MailFolder;
  createSubfolder(name: string, window: null): void;
  setFlag(flag: number): void;
  QueryInterface(type: unknown): { addMessage(text: string): unknown };
  deleteMessages(
    messages: readonly MessageHeader[],
    window: null,
    deleteStorage: boolean,
    isMove: boolean,
    listener: null,
    allowUndo: boolean,
  ): void;
};

export type MessageHeader = { readonly subject: string; readonly messageId: string };

/** The main window's tabs; the first one shows the folders. */
export type TabsElement = Element & {
  readonly tabInfo: readonly { readonly browser?: XulBrowser }[];
  closeTab(tab: object): void;
  readonly currentAbout3Pane?: Window & {
    readonly gDBView: { readonly hdrForFirstSelectedMessage: MessageHeader } | null;
    displayFolder(uri: string): void;
    selectMessage(message: MessageHeader): void;
  };
};
