import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AddOn } from './add-on.ts';
import { ChromeWindow, windowHandles } from './chrome-window.ts';
import { ComposeWindow } from './compose-window.ts';
import type { Display } from './display.ts';
import { EmbeddedPage } from './embedded-page.ts';
import { eventually } from './eventually.ts';
import type { XulBrowser } from './gecko.ts';
import { Marionette } from './marionette.ts';
import { serverKey, writeProfile, type Identity } from './profile.ts';

/** Debian's; the `thunderbird` on the path is a script that looks after old profiles first. */
const PROGRAM = '/usr/lib/thunderbird/thunderbird-bin';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const LOG_LINES_SHOWN = 40;

export type Setup = {
  readonly identities: readonly Identity[];
  /** XPI files or folders. */
  readonly addOns?: readonly string[];
  /** Without a display it runs headless, which is faster and shows no popup in a picture. */
  readonly display?: Display;
  readonly colours?: 'light' | 'dark';
};

/** A running Thunderbird with a profile of its own, which is gone with it. */
export class Thunderbird implements AsyncDisposable {
  readonly marionette: Marionette;
  readonly mainWindow: ChromeWindow;
  readonly #stop: () => Promise<void>;
  readonly #log: () => string;

  constructor(
    marionette: Marionette,
    mainWindow: ChromeWindow,
    life: { stop: () => Promise<void>; log: () => string },
  ) {
    this.marionette = marionette;
    this.mainWindow = mainWindow;
    this.#stop = life.stop;
    this.#log = life.log;
  }

  /** The last lines that Thunderbird wrote on its terminal. */
  get log(): string {
    return this.#log();
  }

  async install(file: string): Promise<AddOn> {
    return AddOn.install(this.marionette, this.mainWindow, file);
  }

  /** Sends an identity's mail to another port from now on, on a new connection. */
  async sendThrough(port: number, identity = 0): Promise<void> {
    await this.mainWindow.run(
      ({ MailServices }, key, to) => {
        const server = MailServices.outgoingServer.getServerByKey(key);
        server.closeCachedConnections();
        server.port = to;
      },
      serverKey(identity),
      port,
    );
  }

  /** A click on New Message. */
  async newMessage(): Promise<ComposeWindow> {
    const folderPane = new EmbeddedPage(this.mainWindow, ({ window }) =>
      window.document.querySelector<XulBrowser>('#mail3PaneTabBrowser1'),
    );
    return this.composeWindowAfter(async () => folderPane.click('#folderPaneWriteMessage'));
  }

  /** The compose window that something opens. */
  async composeWindowAfter(open: () => Promise<void>): Promise<ComposeWindow> {
    const before = await windowHandles(this.marionette);
    await open();
    const handle = await eventually('a compose window', async () =>
      (await windowHandles(this.marionette)).find((one) => !before.includes(one)),
    );
    return ComposeWindow.ready(this.marionette, handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

export async function startThunderbird(setup: Setup): Promise<Thunderbird> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-thunderbird-'));
  const profile = path.join(folder, 'profile');
  await writeProfile(profile, setup.identities, {
    // 0 is dark, 1 is light.
    'layout.css.prefers-color-scheme.content-override': setup.colours === 'dark' ? 0 : 1,
    'ui.systemUsesDarkTheme': setup.colours === 'dark' ? 1 : 0,
    'extensions.activeThemeID':
      setup.colours === 'dark'
        ? 'thunderbird-compact-dark@mozilla.org'
        : 'thunderbird-compact-light@mozilla.org',
  });

  const child = launch(profile, folder, setup.display);
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (octets: Buffer) => {
      lines.push(...String(octets).split('\n'));
      lines.splice(0, lines.length - LOG_LINES_SHOWN);
    });
  }
  const life = {
    log: () => lines.join('\n'),
    async stop() {
      await endProcess(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };

  try {
    const port = await activePort(profile, child);
    const marionette = await Marionette.connect(port);
    await marionette.startSession();
    const main = new ChromeWindow(marionette, await mainWindowHandle(marionette));
    await storePasswords(main, setup.identities);
    const thunderbird = new Thunderbird(marionette, main, life);
    for (const file of setup.addOns ?? []) await thunderbird.install(file);
    return thunderbird;
  } catch (cause) {
    await life.stop();
    throw new Error(`Thunderbird did not start; it wrote:\n${life.log()}`, { cause });
  }
}

function launch(profile: string, home: string, display: Display | undefined): ChildProcess {
  const headless = display === undefined ? ['--headless'] : [];
  return spawn(
    PROGRAM,
    [
      ...headless,
      '--no-remote',
      '--profile',
      profile,
      '--marionette',
      '--remote-allow-system-access',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        MOZ_CRASHREPORTER_DISABLE: '1',
        NO_AT_BRIDGE: '1',
        GDK_BACKEND: 'x11',
        ...(display === undefined ? {} : { DISPLAY: display.name }),
      },
    },
  );
}

/** Thunderbird writes the port of its remote control into the profile once it listens. */
async function activePort(profile: string, child: ChildProcess): Promise<number> {
  return eventually(
    'Thunderbird to listen',
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
      return Number(await readFile(path.join(profile, 'MarionetteActivePort'), 'utf8'));
    },
    START_LIMIT_MS,
  );
}

async function mainWindowHandle(marionette: Marionette): Promise<string> {
  return eventually(
    'the main window',
    async () => {
      for (const handle of await windowHandles(marionette)) {
        const isMain = await new ChromeWindow(marionette, handle).run(({ window }) => {
          type Tabs = Element & { readonly currentAbout3Pane?: Window };
          const tabs = window.document.querySelector<Tabs>('#tabmail');
          const pane = tabs?.currentAbout3Pane?.document;
          return pane?.getElementById('folderPaneWriteMessage') != null;
        });
        if (isMain) return handle;
      }
      return undefined;
    },
    START_LIMIT_MS,
  );
}

/** As if the person had typed the password once and let Thunderbird keep it. */
async function storePasswords(window: ChromeWindow, identities: readonly Identity[]) {
  // Thunderbird keeps passwords by host, whatever the port: one login for all servers here.
  const login = identities.map(({ outgoing }) => outgoing.login).find((one) => one !== undefined);
  if (login === undefined) return;
  await window.run(
    async ({ Services, Cc, Ci }, user, password) => {
      const info = Cc['@mozilla.org/login-manager/loginInfo;1']?.createInstance(Ci.nsILoginInfo);
      if (info === undefined) throw new Error('no login store');
      info.init('smtp://127.0.0.1', null, 'smtp://127.0.0.1', user, password, '', '');
      await Services.logins.addLoginAsync(info);
    },
    login.user,
    login.password,
  );
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(force);
}
