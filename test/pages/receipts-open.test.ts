import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { proxyWithPage } from './receipts-in-browser.ts';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');
const LIMIT_MS = 10_000;

/** A folder of programs, with or without one that opens a browser and writes down what it is given. */
async function programs(hasBrowser: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-programs-'));
  await symlink(process.execPath, join(folder, 'node'));
  if (hasBrowser) {
    const opener = join(folder, 'xdg-open');
    await writeFile(
      opener,
      `#!/bin/sh\nprintf %s "$1" > '${folder}/opened.part'\n/bin/mv '${folder}/opened.part' '${folder}/opened'\n`,
    );
    await chmod(opener, 0o700);
  }
  return {
    folder,
    opened: async () => await readFile(join(folder, 'opened'), 'utf8').catch(() => undefined),
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true }),
  };
}

/** What a person at a terminal reads. */
async function atTerminal(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const command = ['node', COMMAND, ...words].map((word) => `'${word}'`).join(' ');
  const inTerminal = ['--quiet', '--return', '--command', command, '/dev/null'];
  const { stdout } = await promisify(execFile)('/usr/bin/script', inTerminal, { env: environment });
  return stdout.replaceAll('\r\n', '\n');
}

test.each([
  ['a screen and a browser', true, ':99', true],
  ['a screen and no browser', false, ':99', false],
  ['no screen', true, undefined, false],
])(
  'with %s the page is opened if it can be, and the link is printed',
  async (_, hasBrowser, display, opens) => {
    await using proxy = await proxyWithPage();
    await using found = await programs(hasBrowser);
    const words = ['receipts', '--open', '--state', proxy.state];
    const text = await atTerminal([...words, '--control', `127.0.0.1:${proxy.controlPort}`], {
      PATH: found.folder,
      HOME: found.folder,
      SHELL: '/bin/sh',
      ...(display && { DISPLAY: display }),
    });
    const link =
      /^http:\/\/[a-z2-7]{26}\.localhost:\d+\/receipts\/page\.html#[\w-]{43}$/m.exec(text)?.[0] ??
      '';
    expect(link).not.toBe('');
    expect(text).toContain('good once, and for a minute');
    if (opens) {
      const opened = await waitUntil(found.opened, LIMIT_MS, () => 'no browser was told');
      expect(opened).toBe(link);
      expect(text).toContain('Opened in your browser');
    } else {
      expect(text).toContain('Open this link');
    }
    const page = await proxy.open({}, link);
    await page.locator('body[data-state="live"]').waitFor();
  },
);
