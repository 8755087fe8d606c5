import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { IN_NAMESPACES } from './namespaces.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * `/srv` in the root is the instance's own folder: any number of instances share one root, and
 * none changes it. The shell stays, as process 1, since servers change their user.
 */
const ENTER_ROOT = 'mount --bind "$2" "$1/srv"; chroot "$1" /bin/sh -euc "$3" & wait $!';

/** A server that runs in a Debian root, with its children, until it is disposed of. */
export type RootProcess = {
  /** Undefined while it runs; otherwise why it does not. */
  ended(): string | undefined;
  [Symbol.asyncDispose](): Promise<void>;
};

/**
 * Starts a shell script in a Debian root, with `instance` as its `/srv`.
 *
 * @param logFile takes what it writes
 */
export async function startInRoot(
  root: string,
  instance: string,
  script: string,
  logFile: string,
): Promise<RootProcess> {
  await using log = await open(logFile, 'a');
  const [command, ...namespaces] = IN_NAMESPACES;
  const child = spawn(
    command,
    [...namespaces, 'sh', '-euc', ENTER_ROOT, 'sh', root, instance, script],
    { stdio: ['ignore', log.fd, log.fd], env: { PATH, LANG: 'C.UTF-8' } },
  );
  await once(child, 'spawn');
  return { ended: () => howItEnded(child), [Symbol.asyncDispose]: () => kill(child) };
}

function howItEnded(child: ChildProcess): string | undefined {
  if (child.exitCode !== null) return `exit status ${child.exitCode}`;
  return child.signalCode ?? undefined;
}

async function kill(child: ChildProcess): Promise<void> {
  if (howItEnded(child) !== undefined) return;
  const gone = once(child, 'exit');
  // unshare ignores SIGTERM while it waits for the process it started.
  child.kill('SIGKILL');
  await gone;
}
