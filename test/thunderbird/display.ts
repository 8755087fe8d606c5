import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A screen that nobody looks at (Xvfb), for pictures that show popups as well. */
export type Display = AsyncDisposable & {
  readonly name: string;
  /** PNG of all that it shows. */
  picture(): Promise<Buffer>;
};

export async function startDisplay(size: {
  readonly width: number;
  readonly height: number;
}): Promise<Display> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', `${size.width}x${size.height}x24`, '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const exited = once(server, 'exit');
  const number = await Promise.race([
    once(server.stdout, 'data').then(String),
    exited.then(() => Promise.reject(new Error('Xvfb did not start'))),
  ]);
  const name = `:${number.trim()}`;

  return {
    name,
    async picture() {
      const { stdout } = await promisify(execFile)(
        'import',
        ['-display', name, '-window', 'root', 'png:-'],
        { encoding: 'buffer', maxBuffer: 2 ** 26, timeout: 20_000 },
      );
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      server.kill();
      await exited;
    },
  };
}
