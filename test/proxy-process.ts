import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waitUntil } from './wait-until.ts';

const COMMAND = resolve(import.meta.dirname, '../dist/requiretls.js');
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

/** The exit status of a process, or the signal that ended it. */
export type Ending = number | NodeJS.Signals;

/** The built command `requiretls run`, as a process of its own. */
export type ProxyProcess = {
  readonly pid: number;
  /** Where mail programs connect, on 127.0.0.1. */
  readonly port: number;
  /** Where the extension asks, on 127.0.0.1; 0 when nobody is to ask. */
  readonly controlPort: number;
  /** All that it has written so far, on standard error. */
  log(): string;
  /** The code that it shows when no profile is paired with it yet. */
  pairingCode(): Promise<string>;
  /** Asks it to finish (SIGTERM), unless a signal of ours ends it, and says how it ended. */
  stop(): Promise<Ending>;
  /**
   * Sends a signal that is to end it.
   *
   * @param ending what it comes to where that is not the signal itself
   */
  kill(signal: NodeJS.Signals, ending?: Ending): void;
  /** Stops it, with an error when it ends otherwise than in order, or than `kill` said. */
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts the built proxy in front of a submission server on this machine.
 *
 * @param upstream `submissions://localhost:PORT` or `submission://localhost:PORT`
 * @param caFile the authority that it trusts
 * @param flags further words of the command line
 * @param inside a command that runs another one, whose words come behind it
 */
export async function startProxy(
  upstream: string,
  caFile: string,
  flags: readonly string[] = [],
  inside: readonly string[] = [],
): Promise<ProxyProcess> {
  const state = await mkdtemp(join(tmpdir(), 'requiretls-state-'));
  // A file, since a pipe would have to be emptied while somebody measures.
  const logFile = join(state, 'log');
  await using logEnd = await open(logFile, 'a');
  const log = () => readFileSync(logFile, 'utf8');
  const here = '127.0.0.1:0';
  const options = ['--listen', here, '--control', here, '--upstream', upstream, '--ca', caFile];
  const [command, ...words] = [...inside, process.execPath, COMMAND, 'run'];
  const proxy = spawn(
    command,
    [...words, ...options, '--state', state, '--log-format', 'json', ...flags],
    // A configuration of the person who runs the tests stays out of it.
    { stdio: ['ignore', 'ignore', logEnd.fd], env: { ...process.env, XDG_CONFIG_HOME: state } },
  );
  const exited = once(proxy, 'exit');

  let expected: Ending | undefined;
  const hasEnded = () => proxy.exitCode !== null || proxy.signalCode !== null;
  const kill = (signal: NodeJS.Signals, ending: Ending = signal) => {
    expected = ending;
    proxy.kill(signal);
  };
  const stop = async () => {
    if (!hasEnded() && expected === undefined) proxy.kill('SIGTERM');
    const tooLate = setTimeout(() => proxy.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(tooLate);
    return proxy.signalCode ?? proxy.exitCode ?? 0;
  };
  const dispose = async () => {
    const ending = await stop();
    const written = log();
    await rm(state, { recursive: true, force: true });
    // A test that does not mind a proxy that crashes, or hangs when it should stop, proves nothing.
    if (ending !== (expected ?? 0)) {
      throw new Error(`requiretls run ended with ${ending}, not ${expected ?? 0}:\n${written}`);
    }
  };
  const heard = async <What>(look: (written: string) => What | undefined) =>
    waitUntil(
      () => {
        if (hasEnded()) throw new Error('it ended');
        return look(log());
      },
      START_LIMIT_MS,
      () => 'nothing heard',
    );
  try {
    const port = await heard((written) => portIn(written, 'listening'));
    const controlPort = flags.includes('--no-control')
      ? 0
      : await heard((written) => portIn(written, 'control'));
    const pairingCode = async () => heard((written) => CODE.exec(written)?.[1]);
    if (proxy.pid === undefined) throw new Error('it has no process');
    return {
      pid: proxy.pid,
      port,
      controlPort,
      log,
      pairingCode,
      stop,
      kill,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (cause) {
    await stop();
    const written = log();
    await rm(state, { recursive: true, force: true });
    throw new Error(`requiretls run does not listen:\n${written}`, { cause });
  }
}

/** On a line of its own, between words for the person. */
const CODE = /^ +([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})$/m;

function portIn(log: string, event: 'listening' | 'control'): number | undefined {
  const line = log.split('\n').find((text) => text.includes(`"event":"${event}"`));
  const port = /"port":(\d+)/.exec(line ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}
