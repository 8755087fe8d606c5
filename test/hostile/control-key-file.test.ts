import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { askRunningProxy } from '../../proxy/control/control-client.ts';
import { newKeyFile, readKeyFile, writeKeyFile } from '../../proxy/control/key-file.ts';
import { PairedProfiles } from '../../proxy/control/paired-profiles.ts';
import { stateFolder } from '../receipt-files.ts';
import { controlPlace } from './control-place.ts';

const NAME = 'control.json';
/** Nobody but root can give a file away; so another user looks at ours. */
const ANOTHER_USER = userInfo().uid + 1;

function profile(pairing: string, origin?: string) {
  const key = newKeyFile().commandLine;
  const created = new Date(0).toISOString();
  return { pairing, name: 'Ada', key, created, ...(origin !== undefined && { origin }) };
}

test('the keys are for their owner alone, in a folder for him alone, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    await using state = await stateFolder();
    const profiles = await PairedProfiles.open(state.folder);
    await profiles.add(profile('pairing-number-one'));
    expect((await stat(state.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state.folder, NAME))).mode & 0o777).toBe(0o600);
    expect(await readdir(state.folder), 'nothing lies beside it').toEqual([NAME]);
  } finally {
    process.umask(before);
  }
});

test.each([0o604, 0o602, 0o640, 0o660, 0o601])(
  'keys that others may touch (mode %o) are not used, and it is said what helps',
  async (mode) => {
    await using state = await stateFolder();
    await PairedProfiles.open(state.folder);
    await chmod(join(state.folder, NAME), mode);
    await expect(PairedProfiles.open(state.folder)).rejects.toThrow(
      'its control.json holds keys, and other users may read it or write to it. Remove it, start the proxy anew, and pair Thunderbird again (requiretls pair).',
    );
  },
);

test('while the proxy runs, keys that others may touch are not used any more', async () => {
  await using place = await controlPlace();
  const asker = { port: place.port, ...place.commandLine };
  expect(await askSealed(asker, { ask: 'hello' }, 5000)).toHaveProperty('answer');
  await chmod(join(place.stateFolder, NAME), 0o644);
  expect(await askSealed(asker, { ask: 'hello' }, 5000)).toMatchObject({ no: 'refused' });
  await expect(askRunningProxy(place, { ask: 'pairings' })).rejects.toThrow('holds keys');
});

test('keys that were removed beside a running proxy come back with its next start, as is said', async () => {
  await using place = await controlPlace();
  await rm(join(place.stateFolder, NAME));
  await expect(askRunningProxy(place, { ask: 'pairings' })).rejects.toThrow(
    'or its control.json was removed since. Start it, or start it anew (requiretls run)',
  );
  await PairedProfiles.open(place.stateFolder);
  expect(await readdir(place.stateFolder)).toContain(NAME);
});

test('keys of another user are not used', async () => {
  await using state = await stateFolder();
  await PairedProfiles.open(state.folder);
  await expect(readKeyFile(state.folder, ANOTHER_USER)).rejects.toThrow(
    'its control.json belongs to another user',
  );
});

test('a folder in which others can put a file of theirs holds no keys', async () => {
  await using state = await stateFolder();
  await mkdir(state.folder, { mode: 0o700 });
  await chmod(state.folder, 0o777);
  await expect(PairedProfiles.open(state.folder)).rejects.toThrow('written to by other users');
});

test('a link or a folder in its place is not followed', async () => {
  await using state = await stateFolder();
  await mkdir(state.folder, { mode: 0o700 });
  await writeKeyFile(join(state.folder, '..'), newKeyFile());
  await symlink(join('..', NAME), join(state.folder, NAME));
  await expect(PairedProfiles.open(state.folder)).rejects.toThrow('is a symbolic link');
  await rm(join(state.folder, NAME));
  await mkdir(join(state.folder, NAME));
  await expect(PairedProfiles.open(state.folder)).rejects.toThrow('is not a file');
});

const KEY = 'A'.repeat(43);

test.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['another version', `{"version":2,"commandLine":"${KEY}","pairings":[]}`],
  ['a short key', `{"version":1,"commandLine":"AAAA","pairings":[]}`],
  ['a key too many', `{"version":1,"commandLine":"${KEY}","pairings":[],"more":1}`],
  ['a pairing without key', `{"version":1,"commandLine":"${KEY}","pairings":[{"pairing":"p"}]}`],
  ['too much', `{"version":1,"commandLine":"${KEY}","pairings":[]}${' '.repeat(256 * 1024)}`],
])('a file with %s is not used, and it is said what helps', async (_what, text) => {
  await using state = await stateFolder();
  await mkdir(state.folder, { mode: 0o700 });
  await writeFile(join(state.folder, NAME), text, { mode: 0o600 });
  await expect(PairedProfiles.open(state.folder)).rejects.toThrow(
    'its control.json is not as this program writes it. Remove it, start the proxy anew, and pair',
  );
});

test('changes at once are all made, and of two proxies with one folder each sees them', async () => {
  await using state = await stateFolder();
  const one = await PairedProfiles.open(state.folder);
  const other = await PairedProfiles.open(state.folder);
  const names = Array.from({ length: 20 }, (_, at) => `pairing-number-${at}`);
  await Promise.all(names.map((pairing) => one.add(profile(pairing))));
  expect((await other.all()).map(({ pairing }) => pairing).toSorted()).toEqual(names.toSorted());
  expect(Buffer.from(other.commandLineKey)).toEqual(Buffer.from(one.commandLineKey));
  await other.remove('pairing-number-7');
  expect(await one.asker('pairing-number-7')).toBeUndefined();
});

test('an extension that pairs again takes the place of its former pairing', async () => {
  await using state = await stateFolder();
  const profiles = await PairedProfiles.open(state.folder);
  await profiles.add(profile('pairing-number-one', 'moz-extension://one'));
  await profiles.add(profile('pairing-number-two', 'moz-extension://two'));
  await profiles.add(profile('pairing-number-three', 'moz-extension://one'));
  const left = (await profiles.all()).map(({ pairing }) => pairing);
  expect(left).toEqual(['pairing-number-two', 'pairing-number-three']);
});

test('more than 50 profiles are not paired', async () => {
  await using place = await controlPlace();
  for (let at = 0; at < 50; at += 1) await place.profiles.add(profile(`pairing-number-${at}`));
  await expect(place.profiles.add(profile('one-too-many-to-pair'))).rejects.toThrow('too many');
  await expect(askRunningProxy(place, { ask: 'pairing code' })).rejects.toThrow(
    '50 profiles are paired, and more are not kept. Remove one first',
  );
  const written = await readFile(join(place.stateFolder, NAME), 'utf8');
  expect(JSON.parse(written)).toHaveProperty('pairings.length', 50);
});
