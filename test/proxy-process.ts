import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waitUntil } from './wait-until.ts';

const COMMAND = resolve(import.meta.dirname, '../dist/requiretls.js');
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 20_000;

/** The built command `requiretls run`, as a process of its own. */
export type ProxyProcess = {
  /** Where mail programs connect, on 127.0.0.1. */
  readonly port: number;
  /** All that it has written so far, on standard error. */
  log(): string;
  /** Asks it to finish (SIGTERM) and returns its exit status. */
  stop(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts the built proxy in front of a submission server on this machine.
 *
 * @param upstream `submissions://localhost:PORT` or `submission://localhost:PORT`
 * @param caFile the authority that it trusts
 * @param flags further words of the command line
 */
export async function startProxy(
  upstream: string,
  caFile: string,
  flags: readonly string[] = [],
): Promise<ProxyProcess> {
  const state = await mkdtemp(join(tmpdir(), 'requiretls-state-'));
  const options = ['--listen', '127.0.0.1:0', '--upstream', upstream, '--ca', caFile];
  const proxy = spawn(
    process.execPath,
    [COMMAND, 'run', ...options, '--state', state, '--log-format', 'json', ...flags],
    // A configuration of the person who runs the tests stays out of it.
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: state } },
  );
  const exited = once(proxy, 'exit');
  let log = '';
  proxy.stderr.on('data', (text: Buffer) => (log += text.toString('utf8')));

  const hasEnded = () => proxy.exitCode !== null || proxy.signalCode !== null;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (!hasEnded()) proxy.kill(signal);
    await exited;
  };
  const dispose = async () => {
    await end('SIGKILL');
    await rm(state, { recursive: true, force: true });
  };
  const listeningPort = () => {
    if (hasEnded()) throw new Error(`requiretls run ended:\n${log}`);
    return portIn(log);
  };
  try {
    const port = await waitUntil(listeningPort, START_LIMIT_MS, () => `not listening:\n${log}`);
    return {
      port,
      log: () => log,
      stop: async () => {
        const timer = setTimeout(() => proxy.kill('SIGKILL'), STOP_LIMIT_MS);
        await end('SIGTERM');
        clearTimeout(timer);
        return proxy.exitCode;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (cause) {
    await dispose();
    throw cause;
  }
}

function portIn(log: string): number | undefined {
  const line = log.split('\n').find((text) => text.includes('"event":"listening"'));
  const port = /"port":(\d+)/.exec(line ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}
