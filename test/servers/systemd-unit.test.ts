import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { fencedBlock } from '../readme.ts';

/** What systemd has to say about a unit of a user; nothing when it is in order. */
async function complaintsAbout(unit: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-unit-'));
  try {
    const file = join(folder, 'requiretls.service');
    await writeFile(file, unit);
    // Units of the person who runs the tests stay out of it.
    const env = { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder };
    const words = ['verify', '--user', '--man=no', file];
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', words, { env });
    return stdout + stderr;
  } catch (error) {
    const { stderr }: { stderr?: unknown } = Object(error);
    return String(stderr ?? error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('systemd takes the unit in README as it stands there', async () => {
  expect(await complaintsAbout(fencedBlock('ini'))).toBe('');
});

// Not its exit status: systemd 252 ends with 0 after a line that it does not know.
test.each([
  ['NoNewPrivileges=', 'NoNewPrivilege='],
  ['TimeoutStopSec=', 'TimeoutStopSec=about '],
  ['ExecStart=/usr/bin/env', 'ExecStart=/usr/bin/nowhere/env'],
])('systemd would complain if %s were %s', async (right, wrong) => {
  const unit = fencedBlock('ini');
  expect(unit).toContain(right);
  expect(await complaintsAbout(unit.replace(right, wrong))).toContain('requiretls.service');
});

test('the unit lets a message under way finish, which the proxy allows ten minutes', () => {
  const [, minutes] = /^TimeoutStopSec=(\d+)min$/m.exec(fencedBlock('ini')) ?? [];
  expect(Number(minutes)).toBeGreaterThan(10);
});
