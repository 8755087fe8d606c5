import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Display } from './display.ts';
import { eventually } from './eventually.ts';
import { writeProfile, type Identity, type Preferences } from './profile.ts';

/** Debian's; the `thunderbird` on the path is a script that looks after old profiles first. */
const PROGRAM = '/usr/lib/thunderbird/thunderbird-bin';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const LOG_LINES = 60;

/** What GTK says hundreds of times when there is no screen. */
const NOISE = /^$|Gtk-CRITICAL|glib warning/;

/** The program with a profile and a home folder of its own, which are gone with it. */
export type ThunderbirdProcess = AsyncDisposable & {
  /** The port of its remote control, once it listens there. */
  readonly marionettePort: number;
  /** The profile's folder. */
  readonly profile: string;
  /** Where a `profiles.ini` lies that names the profile. */
  readonly profilesFolder: string;
  /** The last lines that it wrote on its terminal. */
  log(): readonly string[];
};

export async function startProcess(given: {
  readonly identities: readonly Identity[];
  readonly preferences: Preferences;
  /** Without a display it runs headless. */
  readonly display: Display | undefined;
}): Promise<ThunderbirdProcess> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'requiretls-thunderbird-'));
  const profile = path.join(home, 'profile');
  await writeProfile(profile, given.identities, given.preferences);
  const profilesFolder = await writeProfilesFile(home, profile);

  const child = spawn(
    PROGRAM,
    [
      ...(given.display === undefined ? ['--headless'] : []),
      '--no-remote',
      '--profile',
      profile,
      '--marionette',
      '--remote-allow-system-access',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environment(home, given.display) },
  );
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (octets: Buffer) => {
      lines.push(
        ...String(octets)
          .split('\n')
          .filter((line) => !NOISE.test(line)),
      );
      lines.splice(0, lines.length - LOG_LINES);
    });
  }
  const stop = async () => {
    await end(child);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    return {
      marionettePort: await activePort(profile, child),
      profile,
      profilesFolder,
      log: () => lines,
      [Symbol.asyncDispose]: stop,
    };
  } catch (cause) {
    await stop();
    throw new Error(`Thunderbird did not start; it wrote:\n${lines.join('\n')}`, { cause });
  }
}

/** As Thunderbird writes it beside its profiles; it lies apart, so that this one does not read it. */
async function writeProfilesFile(home: string, profile: string): Promise<string> {
  const folder = path.join(home, 'known-profiles');
  await mkdir(folder);
  const lines = ['[General]', 'Version=2', '', '[Profile0]', 'Name=test', 'IsRelative=0'];
  await writeFile(path.join(folder, 'profiles.ini'), [...lines, `Path=${profile}`, ''].join('\n'));
  return folder;
}

function environment(home: string, display: Display | undefined): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    // Two of them that share a folder for temporary files remove each other's message as it is
    // being sent, and the window stays locked (153; look again 2027-06).
    TMPDIR: home,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GDK_BACKEND: 'x11',
    NO_AT_BRIDGE: '1',
    MOZ_CRASHREPORTER_DISABLE: '1',
    ...(display === undefined ? {} : { DISPLAY: display.name }),
  };
}

/** Thunderbird writes the port into the profile once it listens. */
async function activePort(profile: string, child: ChildProcess): Promise<number> {
  return eventually(
    'Thunderbird listening',
    async () => {
      if (child.exitCode !== null) return 0;
      return Number(await readFile(path.join(profile, 'MarionetteActivePort'), 'utf8'));
    },
    START_LIMIT_MS,
  ).then((port) => {
    if (port === 0) throw new Error(`it ended with status ${child.exitCode}`);
    return port;
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(force);
}
