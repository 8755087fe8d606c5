import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { IANA_ROOT_KEYS } from '../../proxy/forecast/validation/root-anchor.ts';
import { Validator } from '../../proxy/forecast/validation/validator.ts';
import { ValidatorBridge } from '../../proxy/forecast/validation/validator-bridge.ts';
import { outputOf } from '../../proxy/forecast/validation/program-run.ts';
import { NoAnswer } from '../../proxy/forecast/dns/no-answer.ts';
import { waitUntil } from '../wait-until.ts';

/** A folder that is the whole PATH. */
async function pathWith(programs: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-path-'));
  for (const [name, program] of Object.entries(programs)) {
    if (program.startsWith('#!')) await writeFile(join(folder, name), program, { mode: 0o755 });
    else await symlink(program, join(folder, name));
  }
  return {
    PATH: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const INSTALLED = { 'unbound-host': '/usr/bin/unbound-host', delv: '/usr/bin/delv' };

function found(PATH: string | undefined): readonly string[] {
  return Validator.installed(IANA_ROOT_KEYS, { PATH }).map(({ program }) => program.command);
}

test('unbound-host is taken before delv, and neither from where PATH does not lead', async () => {
  await using both = await pathWith(INSTALLED);
  await using second = await pathWith({ delv: INSTALLED.delv });
  expect(found(`/nowhere:${both.PATH}`)).toEqual(['unbound-host', 'delv']);
  expect(found(second.PATH)).toEqual(['delv']);
  expect(found('/nowhere')).toEqual([]);
  expect(found(undefined)).toEqual([]);
  // A folder that is named relative to wherever we are could be anybody's.
  expect(found(relative('.', both.PATH))).toEqual([]);
});

test.for(Object.keys(INSTALLED))(
  'each of many runs of %s at once asks its own bridge',
  async (command) => {
    await using path = await pathWith({ [command]: Object(INSTALLED)[command] });
    const [validator] = Validator.installed(IANA_ROOT_KEYS, path);
    if (validator === undefined) throw new Error(`${command} was not found`);
    const names = Array.from({ length: 12 }, (_, at) => `n${at}.example`);
    const runs = names.map(async (name) => {
      const asked = new Set<string>();
      const bridge = await ValidatorBridge.open(async (question) => {
        asked.add(question.name);
        throw new NoAnswer('refused', 'in this test');
      });
      try {
        await validator.run({ name, type: 'MX' }, bridge, AbortSignal.timeout(20_000));
      } finally {
        await bridge.close();
      }
      return [...asked].filter((other) => other.startsWith('n'));
    });
    expect(await Promise.all(runs)).toEqual(names.map((name) => [name]));
  },
);

/** A number that a program has written; undefined before that. */
function written(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
}

test('a program that does not end is ended, and one that prints without end as well', async () => {
  await using path = await pathWith({
    sleeps: '#!/bin/sh\necho $$ > "$1"\nexec sleep 100\n',
    prints: '#!/bin/sh\nexec yes\n',
    fails: '#!/bin/sh\necho no such thing; exit 1\n',
    tells: '#!/bin/sh\nenv | sort | grep -v "^PWD=\\|^_=\\|^SHLVL="\n',
  });
  const pidFile = join(path.PATH, 'pid');
  const patience = new AbortController();
  const sleeping = outputOf(join(path.PATH, 'sleeps'), [pidFile], patience.signal);
  const pid = await waitUntil(
    () => written(pidFile),
    10_000,
    () => 'it did not begin',
  );
  patience.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await waitUntil(
    () => !existsSync(`/proc/${pid}`),
    10_000,
    () => 'it still runs',
  );

  const time = AbortSignal.timeout(20_000);
  await expect(outputOf(join(path.PATH, 'prints'), [], time)).rejects.toThrow('malformed');
  await expect(outputOf(join(path.PATH, 'fails'), [], time)).rejects.toThrow('malformed');
  await expect(outputOf(join(path.PATH, 'nothing'), [], time)).rejects.toThrow('ENOENT');
  expect(await outputOf(join(path.PATH, 'tells'), [], time)).toBe('LC_ALL=C\n');
});
