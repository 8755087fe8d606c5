import { chown, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';
import { debianRoot, type RootRecipe } from './debian-root.ts';
import { readMaildir, untilQueueIsEmpty } from './delivery.ts';
import { freePort } from './loopback.ts';
import { connectTo } from './mail-program.ts';
import { type RootProcess, startInRoot } from './root-process.ts';
import { CA_FILE, writeServerCertificate } from './server-certificate.ts';

/** A real submission server on 127.0.0.1, with `localhost` on its certificate. */
export type SubmissionServer = {
  /** As the server itself says it: `3.11.7`. */
  readonly version: string;
  /** Insists on STARTTLS before AUTH and MAIL. */
  readonly starttlsPort: number;
  readonly tlsPort: number;
  /** The authority that issued the certificate, PEM. */
  readonly caFile: string;
  readonly login: { readonly user: string; readonly pass: string };
  /** Commands of all sessions as the server received them, oldest first, up to this moment. */
  commands(): Promise<readonly string[]>;
  /** The MAIL commands among them, with every parameter. */
  mailCommands(): Promise<readonly string[]>;
  log(): Promise<string>;
  /**
   * Each message as it lies on disk, one for each recipient, oldest first. Waits until the
   * server has delivered all that it has accepted.
   */
  messages(): Promise<readonly Buffer[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Ports = { readonly starttls: number; readonly tls: number };

/** What differs between one mail server and another. Paths begin at the instance's own folder. */
export type ServerSoftware = {
  readonly root: RootRecipe;
  /** Finds the version in its greeting. */
  readonly version: RegExp;
  /** Configuration of an instance, which sees its own folder as `/srv`. */
  readonly files: (ports: Ports) => Readonly<Record<string, string>>;
  /** The shell script that becomes the server. */
  readonly startScript: string;
  readonly logFile: string;
  /** The command, if any, that a line of the log says was received. */
  readonly commandIn: (logLine: string) => string | undefined;
  /**
   * They hold a file for as long as a message is accepted and not delivered, in the order in
   * which it passes through them.
   */
  readonly queueFolders: readonly string[];
};

/** Where each recipient's mail goes, by the user `mail`, who has this number in every Debian. */
export const MAILDIR = 'maildir';
export const MAIL_USER_ID = 8;

export const LOGIN = { user: 'alice', pass: 'secret' } as const;

/** What the server's first process writes. */
export const CONSOLE_LOG = 'console.log';

/** The recipients whom each server refuses, for ever and for now. */
export const REFUSED_RECIPIENT = 'refused@example.net';
export const DEFERRED_RECIPIENT = 'deferred@example.net';

const START_LIMIT_MS = 20_000;
/** A server may hang on its first connection: Postfix 3.11.7 did once, with its greeting to come. */
const GREETING_LIMIT_MS = 5_000;
const STARTS = 2;
const LOG_LIMIT_MS = 10_000;
const MARK = /^NOOP mark-/;

/** Starts an instance with a folder, ports and certificate of its own. Several may run at once. */
export async function startServer(software: ServerSoftware): Promise<SubmissionServer> {
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(software);
    } catch (cause) {
      // A port that was free may be another's by now, or the server hang: once more, elsewhere.
      if (start === STARTS) throw cause;
    }
  }
}

async function startOnce(software: ServerSoftware): Promise<SubmissionServer> {
  const root = await debianRoot(software.root);
  const outside = await mkdtemp(join(tmpdir(), 'requiretls-server-'));
  // Only root may enter what mkdtemp makes; the server's own users enter the folder within.
  const instance = join(outside, 'srv');
  const ports = { starttls: await freePort(), tls: await freePort() };
  let server: RootProcess | undefined;
  const stop = async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(outside, { recursive: true, force: true });
  };
  try {
    await writeInstance(software, instance, ports);
    server = await startInRoot(root, instance, software.startScript, join(instance, CONSOLE_LOG));
    const greeting = await untilGreeting(software, instance, ports, server);
    return submissionServer(software, instance, ports, greeting, stop);
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function writeInstance(
  software: ServerSoftware,
  instance: string,
  ports: Ports,
): Promise<void> {
  await mkdir(join(instance, MAILDIR), { recursive: true });
  await chown(join(instance, MAILDIR), MAIL_USER_ID, MAIL_USER_ID);
  await writeServerCertificate(instance);
  for (const [name, content] of Object.entries(software.files(ports))) {
    await mkdir(join(instance, name, '..'), { recursive: true });
    await writeFile(join(instance, name), content);
    // Postfix waits until a configuration file has not been changed for a second or two.
    await utimes(join(instance, name), 0, 0);
  }
}

async function untilGreeting(
  software: ServerSoftware,
  instance: string,
  ports: Ports,
  server: RootProcess,
): Promise<string> {
  const explain = async () => {
    const files = new Set([CONSOLE_LOG, software.logFile]);
    const logs = [...files].map((name) => readFile(join(instance, name), 'utf8').catch(() => ''));
    const written = (await Promise.all(logs)).join('').slice(-5000);
    return `${software.root.name} does not greet (${server.ended() ?? 'running'}):\n${written}`;
  };
  const greeting = async () => {
    if (server.ended() !== undefined) throw new Error(await explain());
    const connecting = connectTo(ports.starttls, { kind: 'none' }, GREETING_LIMIT_MS);
    await using session = await connecting.catch(() => undefined);
    return session?.greeting.startsWith('220 ') === true ? session.greeting : undefined;
  };
  return await waitUntil(greeting, START_LIMIT_MS, explain);
}

function submissionServer(
  software: ServerSoftware,
  instance: string,
  ports: Ports,
  greeting: string,
  stop: () => Promise<void>,
): SubmissionServer {
  const log = () => readFile(join(instance, software.logFile), 'utf8');

  // The log is written by another process than the one that speaks, so it lags. Once it tells of
  // a command that we send now, it has told of all that came before.
  const commands = async () => {
    const mark = `NOOP mark-${crypto.randomUUID()}`;
    await using session = await connectTo(ports.starttls);
    await session.say(mark);
    const untilMark = async () => {
      const received = (await log()).split('\n').map(software.commandIn);
      const end = received.indexOf(mark);
      return end === -1 ? undefined : received.slice(0, end);
    };
    const received = await waitUntil(untilMark, LOG_LIMIT_MS, () => `not logged: ${mark}`);
    return received
      .filter((command) => command !== undefined)
      .filter((command) => !MARK.test(command));
  };

  return {
    version: software.version.exec(greeting)?.[1] ?? 'unknown',
    starttlsPort: ports.starttls,
    tlsPort: ports.tls,
    caFile: join(instance, CA_FILE),
    login: LOGIN,
    commands,
    mailCommands: async () => (await commands()).filter((command) => /^MAIL\b/i.test(command)),
    log,
    messages: async () => {
      await untilQueueIsEmpty(software.queueFolders.map((folder) => join(instance, folder)));
      return readMaildir(join(instance, MAILDIR));
    },
    [Symbol.asyncDispose]: stop,
  };
}
