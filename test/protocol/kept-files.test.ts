import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { KeptFiles } from '../../proxy/forecast/kept-files.ts';
import { temporaryState } from '../temporary-state.ts';
import { waitUntil } from '../wait-until.ts';

const NOTE = v.strictObject({ says: v.string(), at: v.number() });
type Note = v.InferOutput<typeof NOTE>;

const ALWAYS = () => true;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Files that several processes keep together; each `open()` is one of them. */
async function keptFiles({ limit = 100 }: { limit?: number } = {}) {
  const state = await temporaryState();
  const logged: string[] = [];
  const clock = { now: Date.now() };
  return {
    clock,
    logged,
    folder: join(state.folder, 'notes'),
    open: () =>
      new KeptFiles<Note>({
        state: state.folder,
        within: ['notes'],
        schema: NOTE,
        limit,
        worth: ({ at }) => at,
        isOver: ({ says }) => says === 'over',
        log: pino({ level: 'info' }, { write: (line) => void logged.push(line) }),
        now: () => clock.now,
      }),
    [Symbol.asyncDispose]: state[Symbol.asyncDispose],
  };
}

const note = (says: string, at = 1): Note => ({ says, at });
const long = (letter: string) => note(letter.repeat(100_000));
const newer = (mine: Note) => (former: Note) => former.at <= mine.at;

test('what one process keeps, another one reads', async () => {
  await using kept = await keptFiles();
  await kept.open().write('example.org', note('here'), ALWAYS);
  expect(await kept.open().read('example.org')).toEqual(note('here'));
});

test('nothing is made before there is something to keep', async () => {
  await using kept = await keptFiles();
  expect(await kept.open().read('example.org')).toBeUndefined();
  await expect(readdir(kept.folder)).rejects.toThrow('ENOENT');
});

test('an older content is not put in the place of a newer one', async () => {
  await using kept = await keptFiles();
  const [one, other] = [kept.open(), kept.open()];
  await one.write('example.org', note('new', 2), newer(note('new', 2)));
  await other.write('example.org', note('old', 1), newer(note('old', 1)));
  expect(await one.read('example.org')).toEqual(note('new', 2));
});

test('whoever reads while others write reads one of the contents, and all of it', async () => {
  await using kept = await keptFiles();
  await kept.open().write('example.org', long('a'), ALWAYS);
  const writing = ['b', 'c', 'd'].map(async (letter) => {
    for (let time = 0; time < 10; time += 1) {
      await kept.open().write('example.org', long(letter), ALWAYS);
    }
  });
  const reader = kept.open();
  for (let time = 0; time < 50; time += 1) {
    const read = await reader.read('example.org');
    expect(read?.says).toMatch(/^(?:a+|b+|c+|d+)$/);
  }
  await Promise.all(writing);
  expect(await readdir(kept.folder)).toEqual(['@example.org']);
});

test('when there are too many, the least worth goes first, and then what was not used for longest', async () => {
  await using kept = await keptFiles({ limit: 10 });
  const files = kept.open();
  await files.write('precious.example', note('first', 9), ALWAYS);
  for (let at = 0; at < 9; at += 1) await files.write(`a${at}.example`, note('x'), ALWAYS);
  // All was written days ago, and one of them is still used.
  const before = new Date(kept.clock.now - 3 * DAY_MS);
  for (const name of await readdir(kept.folder)) {
    await utimes(join(kept.folder, name), before, before);
  }
  const longBefore = new Date(kept.clock.now - 4 * DAY_MS);
  await utimes(join(kept.folder, '@precious.example'), longBefore, longBefore);
  await files.read('a0.example');
  await files.write('new.example', note('x'), ALWAYS);

  const names = await readdir(kept.folder);
  expect(names).toHaveLength(9);
  expect(names).toEqual(
    expect.arrayContaining(['@precious.example', '@a0.example', '@new.example']),
  );
});

test('what is over is removed within a day: its name tells whom a person writes to', async () => {
  await using kept = await keptFiles();
  const files = kept.open();
  await files.write('new.example', note('x'), ALWAYS);
  await files.write('old.example', note('over'), ALWAYS);
  await files.write('new.example', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toHaveLength(2);
  kept.clock.now += DAY_MS;
  await files.write('new.example', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toEqual(['@new.example']);
  await files.write('old.example', note('over'), ALWAYS);
  await kept.open().write('new.example', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toEqual(['@new.example']);
});

test('what is over is removed within a day, too, by a process that reads and writes nothing', async () => {
  await using kept = await keptFiles();
  const [writer, reader] = [kept.open(), kept.open()];
  await writer.write('new.example', note('x'), ALWAYS);
  await reader.read('new.example');
  await writer.write('old.example', note('over'), ALWAYS);
  expect(await readdir(kept.folder)).toHaveLength(2);
  kept.clock.now += DAY_MS;
  await reader.read('new.example');
  await waitUntil(
    async () => (await readdir(kept.folder)).length === 1,
    3000,
    () => 'it is still there',
  );
});

test('of ten thousand domains no more are kept than there is room for', async () => {
  await using kept = await keptFiles({ limit: 50 });
  const files = kept.open();
  for (let at = 0; at < 500; at += 1) await files.write(`d${at}.example`, note('x', at), ALWAYS);
  const names = await readdir(kept.folder);
  expect(names.length).toBeLessThanOrEqual(50);
  expect(names).toContain('@d499.example');
});

test.for([
  '',
  '.',
  '..',
  '../example.org',
  'example/org',
  'example\\org',
  'EXAMPLE.org',
  'exämple.org',
  '.new-1234',
  `${'a'.repeat(250)}.org`,
  'a\0b',
])('what is no name of a domain is neither kept nor read: %j', async (name) => {
  await using kept = await keptFiles();
  const files = kept.open();
  await files.write(name, note('x'), ALWAYS);
  expect(await files.read(name)).toBeUndefined();
  await files.write('example.org', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toEqual(['@example.org']);
});

test('no name leads to a file beside the folder', async () => {
  await using kept = await keptFiles();
  await kept.open().write('example.org', note('x'), ALWAYS);
  await writeFile(join(kept.folder, '..', 'secret'), JSON.stringify(note('secret')));
  expect(await kept.open().read('x/../../secret')).toBeUndefined();
});

test('the longest name that a domain can have is kept', async () => {
  await using kept = await keptFiles();
  const name = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
  await kept.open().write(name, note('x'), ALWAYS);
  expect(await kept.open().read(name)).toEqual(note('x'));
  expect(kept.logged).toEqual([]);
});

test('what a process that was killed left behind is cleared away, later', async () => {
  await using kept = await keptFiles();
  await mkdir(kept.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(kept.folder, '.new-0123456789abcdef'), '{');
  await kept.open().write('example.org', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toHaveLength(2);
  kept.clock.now += DAY_MS;
  await kept.open().write('example.org', note('x'), ALWAYS);
  expect(await readdir(kept.folder)).toEqual(['@example.org']);
});

test('a link in the place of a file is not followed', async () => {
  await using kept = await keptFiles();
  const files = kept.open();
  await files.write('example.org', note('x'), ALWAYS);
  await symlink(join(kept.folder, '@example.org'), join(kept.folder, '@example.net'));
  expect(await files.read('example.net')).toBeUndefined();
});

test('where nothing can be written, what is known is held, and the log says so once', async () => {
  await using kept = await keptFiles();
  await mkdir(join(kept.folder, '..'), { recursive: true, mode: 0o700 });
  await writeFile(kept.folder, 'a file in the place of the folder');
  const files = kept.open();
  for (let at = 0; at < 1000; at += 1) await files.write(`d${at}.example`, note('x', at), ALWAYS);
  expect(await files.read('d999.example')).toEqual(note('x', 999));
  expect(await files.read('d0.example')).toBeUndefined(); // memory is bounded too
  expect(kept.logged).toHaveLength(1);
});

test('when the folder is deleted, what is known from then on is kept in a new one', async () => {
  await using kept = await keptFiles();
  const files = kept.open();
  await files.write('example.org', note('x'), ALWAYS);
  for (const gone of [kept.folder, join(kept.folder, '..')]) {
    await rm(gone, { recursive: true });
    expect(await files.read('example.org')).toBeUndefined();
    await files.write('example.net', note('y'), ALWAYS);
    expect(await readdir(kept.folder)).toEqual(['@example.net']);
  }
  expect(kept.logged).toEqual([]);
});

test('a folder that could not be made at first is tried again at each write, and at nothing else', async () => {
  await using kept = await keptFiles();
  await mkdir(join(kept.folder, '..'), { recursive: true, mode: 0o700 });
  await writeFile(kept.folder, 'a file in the place of the folder');
  const files = kept.open();
  await files.write('held.example', note('x'), ALWAYS);
  await rm(kept.folder);
  expect(await files.read('other.example')).toBeUndefined();
  await expect(readdir(kept.folder)).rejects.toThrow('ENOENT');

  await files.write('example.org', note('y'), ALWAYS);
  expect(await kept.open().read('example.org')).toEqual(note('y'));
  await files.write('held.example', note('z'), ALWAYS);
  expect(await kept.open().read('held.example')).toEqual(note('z'));
  expect(await files.read('held.example')).toEqual(note('z'));
});

test('what was held is written with the next that can be, unless somebody knows better by then', async () => {
  await using kept = await keptFiles();
  await mkdir(join(kept.folder, '..'), { recursive: true, mode: 0o700 });
  await writeFile(kept.folder, 'a file in the place of the folder');
  const [files, other] = [kept.open(), kept.open()];
  for (const name of ['a.example', 'b.example', 'c.example']) {
    await files.write(name, note('held', 2), newer(note('held', 2)));
  }
  await rm(kept.folder);
  await mkdir(join(kept.folder, '@a.example', 'full'), { recursive: true, mode: 0o700 });
  await other.write('b.example', note('newer', 3), newer(note('newer', 3)));
  await files.write('d.example', note('x'), ALWAYS);
  await files.write('d.example', note('x'), ALWAYS); // a.example cannot be written, and waits
  expect(await kept.open().read('c.example')).toEqual(note('held', 2));
  expect(await files.read('b.example')).toEqual(note('newer', 3));
  expect(await files.read('a.example')).toEqual(note('held', 2));
});

test('the log names no domain when its file cannot be written', async () => {
  await using kept = await keptFiles();
  const files = kept.open();
  await files.write('example.org', note('x'), ALWAYS);
  await mkdir(join(kept.folder, '@secret.example', 'full'), { recursive: true });
  await files.write('secret.example', note('x'), ALWAYS);
  expect(kept.logged).toHaveLength(1);
  expect(kept.logged.join('')).not.toContain('secret.example');
  expect(await files.read('secret.example')).toEqual(note('x'));
});
