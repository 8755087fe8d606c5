import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  readFile,
  readdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { prepareFolder, StateFolderUnfit } from '../../proxy/state-folder.ts';
import { openCurrent } from '../../proxy/submission/receipt-files.ts';
import { Receipts } from '../../proxy/submission/receipts.ts';
import { stateFolder } from '../receipt-files.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

test('receipts that others could read are closed to them', async () => {
  await using state = await folderWith({ mode: 0o755 });
  await writeFile(state.file, '', { mode: 0o644 });
  await (await open(state.folder)).close();
  expect((await stat(state.file)).mode & 0o777).toBe(0o600);
  expect((await stat(state.folder)).mode & 0o777, 'not ours to change').toBe(0o755);
});

test('a folder that others can write to is not taken', async () => {
  for (const mode of [0o777, 0o1777, 0o770]) {
    await using state = await folderWith({ mode });
    await expect(open(state.folder)).rejects.toThrow('can be written to by other users');
    expect(await readdir(state.folder)).toEqual([]);
  }
});

/** Nobody but root can give a file away; so another user looks at ours. */
const ANOTHER_USER = userInfo().uid + 1;

test('a folder of another user is not taken', async () => {
  await using state = await folderWith({});
  await expect(prepareFolder(state.folder, ANOTHER_USER)).rejects.toThrow(
    'it belongs to another user',
  );
});

test('a file of another user is not taken', async () => {
  await using state = await folderWith({});
  await expect(openCurrent(state.folder, ANOTHER_USER)).rejects.toThrow(
    'its receipts.jsonl belongs to another user',
  );
});

test('a folder that cannot be made is refused, and not tried for ever', async () => {
  // Nobody can make a folder there, and the system says that something is missing.
  for (const folder of ['/proc/nobodys', '/proc/nobodys/deep/down']) {
    await expect(prepareFolder(folder)).rejects.toThrow(StateFolderUnfit);
  }
});

test('all folders on the way are made for their owner only', async () => {
  await using state = await folderWith({});
  const deep = join(state.folder, 'not', 'there', 'yet');
  await Promise.all([prepareFolder(deep), prepareFolder(deep)]);
  for (const folder of [deep, join(state.folder, 'not')]) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  }
});

test('no symbolic link leads receipts into another file', async () => {
  await using state = await folderWith({});
  const other = join(state.folder, 'other');
  await writeFile(other, 'mine');
  await symlink(other, state.file);
  await expect(open(state.folder)).rejects.toThrow('its receipts.jsonl is a symbolic link');
  expect(await readFile(other, 'utf8')).toBe('mine');
});

test('a pipe in the place of the file holds nothing up', async () => {
  await using state = await folderWith({});
  await promisify(execFile)('mkfifo', [state.file]);
  await expect(open(state.folder)).rejects.toThrow('its receipts.jsonl is not a file');
});

test.each(['a folder in the place of the file', 'a file in the place of the folder'])(
  '%s is told as a fault of the folder',
  async (what) => {
    await using state = await folderWith({});
    const inFile = what.startsWith('a file');
    if (inFile) await writeFile(state.file, '');
    else await mkdir(state.file);
    const opening = open(inFile ? join(state.file, 'below') : state.folder);
    await expect(opening).rejects.toThrow(StateFolderUnfit);
    await expect(opening).rejects.toThrow('--state');
  },
);

test('receipts that were written to last a year ago are gone when the proxy starts', async () => {
  await using state = await folderWith({});
  const line = { version: 1, event: 'answered', id: 'a', outcome: 'relayed' };
  const time = '2020-01-01T00:00:00.000Z';
  await writeFile(state.file, `${JSON.stringify({ ...line, time })}\n`);
  const yearAgo = new Date(Date.now() - 365 * DAY_MS);
  await utimes(state.file, yearAgo, yearAgo);
  const receipts = await open(state.folder);
  await receipts.close();
  expect(await readdir(state.folder)).toEqual(['receipts-complete-since', 'receipts.jsonl']);
  expect(await readFile(state.file, 'utf8')).toBe('');
});

async function open(folder: string): Promise<Receipts> {
  return await Receipts.open(folder, { log: pino({ level: 'silent' }) });
}

async function folderWith({ mode = 0o700 }: { mode?: number }) {
  const state = await stateFolder();
  await mkdir(state.folder);
  await chmod(state.folder, mode);
  return { ...state, file: join(state.folder, 'receipts.jsonl') };
}
