import { once } from 'node:events';
import { constants, openSync, closeSync, writeSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  open,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import net from 'node:net';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { ListeningAccount } from '../../proxy/control/listening-account.ts';
import { RouteEvidence } from '../../proxy/control/route-evidence.ts';
import { DEFAULT_DEADLINES } from '../../proxy/submission/deadline.ts';
import { Listener } from '../../proxy/submission/listener.ts';
import { NO_RECEIPTS } from '../../proxy/submission/submission-record.ts';
import { parseListenAddress } from '../../proxy/listen-address.ts';
import { listeningPort } from '../listening-port.ts';
import { waitUntil } from '../wait-until.ts';
import { blockedPort } from './blocked-port.ts';
import {
  ALICE,
  preferencesWith,
  thunderbirdFolder,
  WORK,
  writePreferences,
  type ThunderbirdFolder,
} from './thunderbird-folder.ts';

/** Files that were written just now are a minute old to the proxy. */
const A_MINUTE_LATER = () => Date.now() + 60_000;

/** An account that this process listens for; nobody connects in these tests. */
async function account(name: string, at = '127.0.0.1:0') {
  const listen = parseListenAddress(at);
  const listener = await Listener.open({
    at: listen,
    door: {
      server: { host: 'localhost', port: 9, tls: 'implicit' },
      trust: [],
      deadlines: DEFAULT_DEADLINES,
    },
    receipts: NO_RECEIPTS,
    log: pino({ level: 'silent' }),
  });
  return {
    account: { name, listen },
    listener,
    port: listener.port,
    [Symbol.asyncDispose]: () => listener.stop(),
  };
}

/** Where Alice's mail goes, of the two identities that her Thunderbird has. */
function asker(
  { folder }: ThunderbirdFolder,
  accounts: readonly ListeningAccount[],
  now = A_MINUTE_LATER,
) {
  const evidence = new RouteEvidence({ accounts: () => accounts, folders: [folder], now });
  return () => evidence.routeOf(ALICE, [ALICE, WORK], undefined);
}

test('the preferences of the profile tell that mail goes through the proxy, and when it does not', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const profile = await thunderbird.addProfile('abc.default', preferencesWith(home));
  const route = asker(thunderbird, [home]);
  expect(await route()).toMatchObject({
    kind: 'through-proxy',
    account: 'home',
    evidence: { by: 'preferences', profile: 'abc.default' },
  });

  await writePreferences(profile, preferencesWith({ host: 'smtp.example.net', port: 587 }));
  expect(await route()).toMatchObject({ kind: 'elsewhere', server: 'smtp.example.net:587' });
  await writePreferences(profile, preferencesWith(home));
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
  await home.listener.stop();
  expect(await route()).toMatchObject({ kind: 'elsewhere', server: `127.0.0.1:${home.port}` });
});

test('a server that was moved to the proxy counts when Thunderbird has left its old connection', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const profile = await thunderbird.addProfile('a', preferencesWith({ port: 25 }));
  let laterMs = 3_000;
  const route = asker(thunderbird, [home], () => Date.now() + laterMs);
  expect(await route()).toMatchObject({ kind: 'elsewhere' });
  await writePreferences(profile, preferencesWith(home));
  expect(await route()).toEqual({ kind: 'unknown', why: 'just changed' });
  laterMs = 6_000;
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
});

test('an address that is not ASCII is compared as Thunderbird shows it to add-ons', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const written = { id: 'id1', address: 'jürgen@sender.example' };
  await thunderbird.addProfile('a', preferencesWith(home, [written]));
  const evidence = new RouteEvidence({
    accounts: () => [home],
    folders: [thunderbird.folder],
    now: A_MINUTE_LATER,
  });
  const shown = { id: 'id1', address: 'jÃ¼rgen@sender.example' };
  expect(await evidence.routeOf(shown, [shown], undefined)).toMatchObject({
    kind: 'through-proxy',
  });
});

test('preferences that were written within the last second tell nothing, and then they count', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const profile = await thunderbird.addProfile('a', preferencesWith(home));
  const route = asker(thunderbird, [home], Date.now);
  expect(await route()).toEqual({ kind: 'unknown', why: 'just changed' });
  const counts = async () => (await route()).kind === 'through-proxy';
  await waitUntil(counts, 10_000, () => 'it never counted');

  await writePreferences(profile, preferencesWith({ port: 25 }));
  expect(await route()).toEqual({ kind: 'unknown', why: 'just changed' });
});

test.each([
  ['lies in the future', 3600, A_MINUTE_LATER],
  ['is an hour old, and was set just now', -3600, Date.now],
])('preferences whose time %s were written just now', async (_what, seconds, now) => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const profile = await thunderbird.addProfile('a', preferencesWith(home));
  const time = Date.now() / 1000 + seconds;
  await utimes(path.join(profile, 'prefs.js'), time, time);
  expect(await asker(thunderbird, [home], now)()).toEqual({
    kind: 'unknown',
    why: 'just changed',
  });
});

test('a link that was set to other preferences is a change of them', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const profile = await thunderbird.addProfile('a', preferencesWith(home));
  const other = await thunderbird.addProfile('b', preferencesWith(home, [WORK]));
  const link = path.join(other, 'prefs.js');
  await unlink(link);
  const settled = asker(thunderbird, [home], Date.now);
  const counts = async () => (await settled()).kind === 'through-proxy';
  await waitUntil(counts, 10_000, () => 'it never counted');

  await symlink(path.join(profile, 'prefs.js'), link);
  expect(await settled()).toEqual({ kind: 'unknown', why: 'just changed' });
  expect(await asker(thunderbird, [home])()).toMatchObject({ kind: 'through-proxy' });
});

test('preferences that are written while they are read are never half of each', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  // So long that reading it takes several turns, of one length, and no line end between the halves.
  const filling = `// ${'x'.repeat(4_000_000)}\n`;
  const through = preferencesWith({ port: home.port }) + filling;
  const profile = await thunderbird.addProfile('a', through);
  const route = asker(thunderbird, [home]);

  const file = openSync(path.join(profile, 'prefs.js'), 'r+');
  let answer: Awaited<ReturnType<typeof route>> | undefined;
  try {
    const isChanging = async () => {
      const asked = route().then((told) => (answer = told));
      const writing = setInterval(() => writeSync(file, '/', 0), 0);
      await asked.finally(() => clearInterval(writing));
      return answer?.kind === 'unknown' && answer.why === 'just changed';
    };
    await waitUntil(isChanging, 15_000, () => `it was never seen: ${JSON.stringify(answer)}`);
  } finally {
    closeSync(file);
  }
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
});

test('a copy of a profile that lacks an identity does not decide, one that has all does', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  await thunderbird.addProfile('a', preferencesWith(home));
  await thunderbird.addProfile('stale', preferencesWith({ port: 25 }, [ALICE]));
  const route = asker(thunderbird, [home]);
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
  await thunderbird.addProfile('copy', preferencesWith({ port: 25 }));
  expect(await route()).toEqual({ kind: 'unknown', why: 'profiles disagree' });
});

/** @param name what the extension that asks is called by in that profile */
function withAddOn(server: Parameters<typeof preferencesWith>[0], name: string): string {
  return `${preferencesWith(server)}user_pref("extensions.webextensions.uuids", "{\\"other@example.org\\":\\"7d0f6a44-0000-4c8e-9a57-3f1d2c4b5a69\\",\\"{2f0a}\\":\\"${name}\\"}");\n`;
}

test('the profile that has the asking extension is the asking one, and no other', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const uuid = '0b8e2a52-1c34-4c8e-9a57-3f1d2c4b5a69';
  await thunderbird.addProfile('copy', preferencesWith(home));
  await thunderbird.addProfile('another', withAddOn(home, '11111111-1c34-4c8e-9a57-3f1d2c4b5a69'));
  const evidence = new RouteEvidence({
    accounts: () => [home],
    folders: [thunderbird.folder],
    now: A_MINUTE_LATER,
  });
  const asked = async () => evidence.routeOf(ALICE, [ALICE, WORK], `moz-extension://${uuid}`);
  expect(await asked()).toEqual({ kind: 'unknown', why: 'no profile' });

  const asking = { host: 'smtp.example.net', port: 587 };
  await thunderbird.addProfile('asking', withAddOn(asking, uuid));
  expect(await asked()).toMatchObject({ kind: 'elsewhere', evidence: { profile: 'asking' } });
  await thunderbird.addProfile('its copy', withAddOn(home, uuid));
  expect(await asked()).toEqual({ kind: 'unknown', why: 'profiles disagree' });
});

test('a profile with which no Thunderbird runs is not the asking one', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  const used = await thunderbird.addProfile('used', preferencesWith(home));
  const copy = await thunderbird.addProfile('copy', preferencesWith({ port: 25 }));
  const route = asker(thunderbird, [home]);
  expect(await route()).toEqual({ kind: 'unknown', why: 'profiles disagree' });

  await unlink(path.join(copy, 'lock'));
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
  await unlink(path.join(used, 'lock'));
  expect(await route()).toEqual({ kind: 'unknown', why: 'no profile' });
});

test('profiles of several Thunderbirds are read, and those that do not exist are not missed', async () => {
  await using home = await account('home');
  await using one = await thunderbirdFolder();
  await using other = await thunderbirdFolder();
  await one.addProfile('a', preferencesWith({ port: 25 }, [WORK]));
  const gone = await one.addProfile('b', preferencesWith({ port: 25 }));
  await rm(gone, { recursive: true });
  await other.addProfile('c', preferencesWith(home));
  const folders = [one.folder, path.join(one.folder, 'nowhere'), other.folder];
  const evidence = new RouteEvidence({ accounts: () => [home], folders, now: A_MINUTE_LATER });
  expect(await evidence.routeOf(ALICE, [WORK], undefined)).toMatchObject({
    kind: 'through-proxy',
    evidence: { profile: 'c' },
  });
});

test('a proxy that is not to read preferences reads none', async () => {
  await using home = await account('home');
  const evidence = new RouteEvidence({ accounts: () => [home], folders: 'switched off' });
  expect(await evidence.routeOf(ALICE, [ALICE], undefined)).toEqual({
    kind: 'unknown',
    why: 'switched off',
  });
});

type Spoiling = (profile: string) => Promise<unknown>;
const prefsOf = (profile: string) => path.join(profile, 'prefs.js');
const replaced = (by: (name: string) => Promise<unknown> | void): Spoiling => {
  return async (profile) => {
    await unlink(prefsOf(profile));
    await by(prefsOf(profile));
  };
};

test.each<readonly [string, Spoiling]>([
  ['a folder', replaced((name) => mkdir(name))],
  ['a pipe that nobody writes to', replaced((name) => void execFileSync('mkfifo', [name]))],
  ['a link to itself', replaced((name) => symlink(name, name))],
  ['larger than any', replaced((name) => writeFile(name, ' '.repeat(8 * 1024 * 1024 + 1)))],
  ['cut off in a line', replaced((name) => writeFile(name, 'user_pref("mail.smtp'))],
  ['written by another user, or in a folder that cannot be written to', cannotBeWritten],
  ['a device', replaced((name) => symlink('/dev/zero', name))],
])('preferences that are %s could be the ones in question', async (_what, spoil) => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  await thunderbird.addProfile('a', preferencesWith(home));
  const other = await thunderbird.addProfile('b', preferencesWith(home));
  const route = asker(thunderbird, [home]);
  expect(await route()).toMatchObject({ kind: 'through-proxy' });
  await spoil(other);
  expect(await route()).toEqual({ kind: 'unknown', why: 'unreadable' });
  await chmod(other, 0o700);
});

/** Root may write everywhere, and nobody else may give files away. */
async function cannotBeWritten(profile: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(prefsOf(profile), 65_534, 65_534);
  else await chmod(profile, 0o500);
}

test.each<readonly [string, (folder: string) => Promise<unknown>]>([
  ['cannot be read', (folder) => mkdir(path.join(folder, 'profiles.ini'))],
  [
    'names a profile in a way that only Thunderbird understands',
    (folder) =>
      writeFile(path.join(folder, 'profiles.ini'), '[Profile0]\nIsRelative=0\nPath=AAAAAA==\n'),
  ],
  [
    'names more profiles than anybody has',
    (folder) => {
      const sections = Array.from({ length: 101 }, (_, at) => {
        return `[Profile${at}]\nIsRelative=1\nPath=${at}\n`;
      });
      return writeFile(path.join(folder, 'profiles.ini'), sections.join(''));
    },
  ],
])('a list of profiles that %s could name the one in question', async (_what, spoil) => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  await using other = await thunderbirdFolder();
  await thunderbird.addProfile('a', preferencesWith(home));
  await spoil(other.folder);
  const folders = [thunderbird.folder, other.folder];
  const evidence = new RouteEvidence({ accounts: () => [home], folders, now: A_MINUTE_LATER });
  expect(await evidence.routeOf(ALICE, [WORK], undefined)).toEqual({
    kind: 'unknown',
    why: 'unreadable',
  });
});

test('a local name counts while nobody else listens where it leads to as well', async () => {
  await using home = await account('home', 'home.localhost:0');
  await using thunderbird = await thunderbirdFolder();
  const { port } = home;
  await thunderbird.addProfile('a', preferencesWith({ host: 'home.localhost', port }));
  const route = asker(thunderbird, [home]);
  expect(await route()).toMatchObject({ kind: 'through-proxy' });

  const squatter = net.createServer((socket) => socket.end());
  squatter.listen(port, '::1');
  await once(squatter, 'listening');
  expect(await route()).toEqual({ kind: 'unknown', why: 'name is shared' });
  await new Promise((resolve) => squatter.close(resolve));
  expect(await route()).toMatchObject({ kind: 'through-proxy' });

  await using silent = await blockedPort('::1', port);
  expect(silent.port).toBe(port);
  expect(await route()).toEqual({ kind: 'unknown', why: 'name is shared' });
});

test('another program that listens where the proxy did gets no mail by our word', async () => {
  await using thunderbird = await thunderbirdFolder();
  const squatter = net.createServer((socket) => socket.end());
  const port = await listeningPort(squatter);
  await using home = await account('home');
  await thunderbird.addProfile('a', preferencesWith({ port }));
  expect(await asker(thunderbird, [home])()).toMatchObject({ kind: 'elsewhere' });
  await new Promise((resolve) => squatter.close(resolve));
});

test('a folder that does not answer keeps nobody waiting', async () => {
  await using home = await account('home');
  await using thunderbird = await thunderbirdFolder();
  await thunderbird.addProfile('a', preferencesWith(home));
  const route = asker(thunderbird, [home]);

  // All hands that Node has for files wait for somebody to write.
  const pipes = Array.from({ length: 4 }, (_, at) => path.join(thunderbird.folder, `pipe${at}`));
  execFileSync('mkfifo', pipes);
  const hanging = pipes.map((pipe) => open(pipe, 'r'));
  const answers = await Promise.all(Array.from({ length: 20 }, () => route()));
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ kind: 'unknown', why: 'unreadable' })]),
  );

  const writers = pipes.map((pipe) => openSync(pipe, constants.O_WRONLY));
  for (const handle of hanging) await (await handle).close();
  for (const writer of writers) closeSync(writer);
  const isBack = async () => (await route()).kind === 'through-proxy';
  await waitUntil(isBack, 5000, () => 'it was never read again');
});
