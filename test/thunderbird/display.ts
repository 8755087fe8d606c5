import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

/** A screen that nobody looks at (Xvfb), for pictures that show popups as well. */
export type Display = AsyncDisposable & {
  readonly name: string;
  /** PNG of a part of the screen, in ImageMagick's geometry: `WIDTHxHEIGHT+X+Y`. */
  picture(part: string): Promise<Buffer>;
};

export async function startDisplay(): Promise<Display> {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'],
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
    async picture(part) {
      const { stdout } = await promisify(execFile)(
        'import',
        ['-display', name, '-window', 'root', '-crop', part, '+repage', 'png:-'],
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
