import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { askSealed } from '../../extension/sealed-channel.ts';
import { pairWithProxy } from '../../extension/setup/pair.ts';
import { demo } from '../../proxy/commands/demo.ts';
import { pair, type PairFlags } from '../../proxy/commands/pair.ts';
import { run } from '../../proxy/commands/run.ts';
import { PAIRING_MS } from '../../shared/control/pairing-code.ts';
import { controlPlace, type ControlPlace } from '../hostile/control-place.ts';
import { listeningPort } from '../listening-port.ts';
import { waitUntil } from '../wait-until.ts';
import { capturedTerminal, type CapturedTerminal } from './captured-terminal.ts';

const CODE = /^ +([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})$/m;
const LIMIT_MS = 5000;

function flagsFor({ port, stateFolder }: Pick<ControlPlace, 'port' | 'stateFolder'>): PairFlags {
  return { control: `127.0.0.1:${port}`, state: stateFolder };
}

async function codeIn(terminal: CapturedTerminal): Promise<string> {
  const code = await waitUntil(
    () => CODE.exec(terminal.written().out + terminal.written().err)?.[1],
    LIMIT_MS,
    () => `no code in ${terminal.written().out}${terminal.written().err}`,
  );
  return code.replaceAll('-', '');
}

test('pair: prints a code, waits until it was typed, and says with whom it is paired', async () => {
  await using place = await controlPlace();
  const terminal = capturedTerminal();
  const pairing = pair(flagsFor(place), terminal);
  await pairWithProxy(place.port, await codeIn(terminal), 'Ada \u001b[31m\u202eLovelace');
  expect(await pairing).toBe(0);
  expect(terminal.written().out).toContain(`the port ${place.port}`);
  expect(terminal.written().out).toMatch(/Paired with Ada \?\[31m\?Lovelace\.\n$/);

  const listed = capturedTerminal();
  expect(await pair({ ...flagsFor(place), list: true }, listed)).toBe(0);
  expect(listed.written().out).toMatch(/^[\w-]{22} +\S+Z +Ada \?\[31m\?Lovelace\n$/);

  const [{ pairing: id } = { pairing: '' }] = await place.profiles.all();
  const removed = capturedTerminal();
  expect(await pair({ ...flagsFor(place), remove: id }, removed)).toBe(0);
  expect(removed.written().out).toContain('is not paired any more');
  expect(await place.profiles.all()).toEqual([]);
  expect(await pair({ ...flagsFor(place), remove: id }, removed)).toBe(69);
  expect(removed.written().err).toContain(`no paired profile has the id "${id}"`);
});

test('pair --json: a line with the code, and one with the profile', async () => {
  await using place = await controlPlace();
  const terminal = capturedTerminal();
  const flags: PairFlags = { ...flagsFor(place), json: true };
  const pairing = pair(flags, terminal);
  const lines = () => terminal.written().out.split('\n').filter(Boolean);
  const first = await waitUntil(
    () => lines()[0],
    LIMIT_MS,
    () => 'no line',
  );
  const { code, ...rest }: { code: string } = JSON.parse(first);
  expect(rest).toEqual({ version: 1, expiresInMs: PAIRING_MS });
  await pairWithProxy(place.port, code.replaceAll('-', ''), 'Ada');
  expect(await pairing).toBe(0);
  expect(JSON.parse(lines()[1] ?? '')).toMatchObject({ version: 1, name: 'Ada' });

  const listed = capturedTerminal();
  await pair({ ...flags, list: true }, listed);
  expect(JSON.parse(listed.written().out)).toMatchObject({ version: 1, name: 'Ada' });
  const removed = capturedTerminal();
  expect(await pair({ ...flags, remove: 'all' }, removed)).toBe(0);
  expect(JSON.parse(removed.written().out)).toMatchObject({ name: 'Ada', removed: true });
  expect(await place.profiles.all()).toEqual([]);
  const none = capturedTerminal();
  expect(await pair({ ...flagsFor(place), remove: 'all' }, none)).toBe(0);
  expect(none.written().out).toBe('Nothing is paired.\n');
});

test('pair: a code that was mistyped three times ends the waiting', async () => {
  await using place = await controlPlace();
  const terminal = capturedTerminal();
  const pairing = pair(flagsFor(place), terminal);
  await codeIn(terminal);
  for (let tries = 0; tries < 3; tries += 1) await pairWithProxy(place.port, '000000000000', 'Eve');
  expect(await pairing).toBe(69);
  expect(terminal.written().err).toContain('was mistyped three times');
});

test('pair: a code that nobody types ends the waiting, and so does Ctrl+C', async () => {
  await using place = await controlPlace();
  const stopped = capturedTerminal();
  const stopping = pair(flagsFor(place), stopped);
  await codeIn(stopped);
  stopped.requestStop();
  expect(await stopping).toBe(0);

  const terminal = capturedTerminal();
  const pairing = pair(flagsFor(place), terminal);
  await codeIn(terminal);
  place.pairing.forgetCode(); // as it does after five minutes
  expect(await pairing).toBe(69);
  expect(terminal.written().err).toContain(
    `Once more: requiretls pair --state ${place.stateFolder} --control 127.0.0.1:${place.port}\n`,
  );
});

test('pair: without a proxy it says so, and how to start one', async () => {
  await using place = await controlPlace();
  await place.stop();
  const terminal = capturedTerminal();
  expect(await pair(flagsFor(place), terminal)).toBe(69);
  expect(terminal.written().err).toContain(
    `no proxy is running at 127.0.0.1:${place.port}. Start it (requiretls run)`,
  );
});

test('pair: another program on the port is told', async () => {
  await using place = await controlPlace();
  const other = net.createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
  const port = await listeningPort(other);
  const terminal = capturedTerminal();
  expect(await pair(flagsFor({ ...place, port }), terminal)).toBe(69);
  expect(terminal.written().err).toContain('does not answer as the proxy does');
  other.close();
});

test('pair: with another state folder it says whose key does not fit', async () => {
  await using place = await controlPlace();
  await using elsewhere = await controlPlace();
  const terminal = capturedTerminal();
  const { stateFolder } = elsewhere;
  expect(await pair(flagsFor({ port: place.port, stateFolder }), terminal)).toBe(69);
  expect(terminal.written().err).toContain(`does not accept the key in ${stateFolder}`);
  const nowhere = capturedTerminal();
  const noFolder = { port: place.port, stateFolder: '/nowhere' };
  expect(await pair(flagsFor(noFolder), nowhere)).toBe(69);
  expect(nowhere.written().err).toContain('started with the state folder /nowhere yet');
});

test('pair: finds the proxy by the configuration file, as run does', async () => {
  await using place = await controlPlace();
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-pair-'));
  const config = path.join(folder, 'config.toml');
  const listed = async (control: string) => {
    await writeFile(config, `state = "${place.stateFolder}"\ncontrol = ${control}\n`);
    const terminal = capturedTerminal({ defaultConfigFile: config });
    return { status: await pair({ list: true }, terminal), ...terminal.written() };
  };
  expect(await listed(`"127.0.0.1:${place.port}"`)).toMatchObject({
    status: 0,
    out: 'Nothing is paired. To pair: requiretls pair\n',
  });
  expect(await listed('false')).toMatchObject({
    status: 69,
    err: expect.stringContaining('control = false'),
  });
  await rm(folder, { recursive: true });
});

test('run: shows a code at its first start, and none once a profile is paired', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-run-'));
  const here = '127.0.0.1:0';
  const upstream = 'submissions://localhost:9';
  const flags = { listen: here, control: here, state: path.join(folder, 'state'), upstream };
  const started = async () => {
    const terminal = capturedTerminal();
    const running = run(flags, terminal);
    const port = await waitUntil(
      () => Number(/event=control .*\bport=(\d+)/.exec(terminal.written().err)?.[1]) || undefined,
      LIMIT_MS,
      () => terminal.written().err,
    );
    return { terminal, running, port };
  };
  const first = await started();
  const end = await pairWithProxy(first.port, await codeIn(first.terminal), 'Ada');
  expect(first.terminal.written().err).toContain(
    `--state ${flags.state} --control 127.0.0.1:${first.port}`,
  );
  first.terminal.requestStop();
  expect(await first.running).toBe(0);

  const second = await started();
  if (end.kind !== 'paired') throw new Error(`it ended as ${end.kind}`);
  const asked = { ...end.pairing, port: second.port };
  expect(await askSealed(asked, { ask: 'hello' }, LIMIT_MS)).toMatchObject({
    answer: { accounts: [{ name: 'default', host: '127.0.0.1', server: 'localhost:9' }] },
  });
  second.terminal.requestStop();
  expect(await second.running).toBe(0);
  expect(second.terminal.written().err).not.toMatch(CODE);
  await rm(folder, { recursive: true });
});

test('run: a folder that is named and has no profiles is told at once', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-run-'));
  const terminal = capturedTerminal();
  const here = '127.0.0.1:0';
  const flags = { listen: here, control: here, state: path.join(folder, 'state') };
  const thunderbird = [path.join(folder, 'profiles')];
  const upstream = 'submissions://localhost:9';
  const running = run({ ...flags, thunderbird, upstream }, terminal);
  await codeIn(terminal);
  const warning = `warn event=no-profiles folder=${thunderbird[0]}\n`;
  // The lines of the log are gathered for some milliseconds.
  const isTold = () => terminal.written().err.includes(warning);
  await waitUntil(isTold, LIMIT_MS, () => terminal.written().err);
  terminal.requestStop();
  expect(await running).toBe(0);
  await rm(folder, { recursive: true });
});

test('run --no-control: listens for nobody else, and makes no keys', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-run-'));
  const terminal = capturedTerminal();
  const upstream = 'submissions://localhost:9';
  const flags = { listen: '127.0.0.1:0', control: false, state: folder, upstream } as const;
  const running = run(flags, terminal);
  await waitUntil(
    () => terminal.written().err.includes('event=listening'),
    LIMIT_MS,
    () => terminal.written().err,
  );
  terminal.requestStop();
  expect(await running).toBe(0);
  expect(terminal.written().err).not.toContain('event=control');
  await expect(readFile(path.join(folder, 'control.json'))).rejects.toThrow('ENOENT');
  await rm(folder, { recursive: true });
});

test('run: keys that others may read stop it, and it says what helps', async () => {
  await using place = await controlPlace();
  await writeFile(path.join(place.stateFolder, 'control.json'), '{}');
  const flags = { listen: '127.0.0.1:0', control: '127.0.0.1:0', state: place.stateFolder };
  const upstream = 'submissions://localhost:9';
  await expect(run({ ...flags, upstream }, capturedTerminal())).rejects.toThrow(
    `the state folder ${place.stateFolder}: its control.json is not as this program writes it. Remove it`,
  );
});

test('demo: prints a code that pairs, and nothing of it is left in the end', async () => {
  const terminal = capturedTerminal();
  const running = demo({ listen: '127.0.0.1:0', control: '127.0.0.1:0' }, terminal);
  const code = await codeIn(terminal);
  const { out } = terminal.written();
  const folder = /--state (\S+)/.exec(out)?.[1] ?? '';
  const port = Number(/--control 127\.0\.0\.1:(\d+)/.exec(out)?.[1]);
  const end = await pairWithProxy(port, code, 'Ada');
  if (end.kind !== 'paired') throw new Error(`it ended as ${end.kind}`);
  expect(await askSealed(end.pairing, { ask: 'storage' }, LIMIT_MS)).toMatchObject({
    answer: { folder },
  });
  terminal.requestStop();
  expect(await running).toBe(0);
  await expect(readFile(folder)).rejects.toThrow('ENOENT');
});

test('demo: a control port that is taken is told with the flag that changes it', async () => {
  const other = net.createServer();
  const port = await listeningPort(other);
  const terminal = capturedTerminal();
  const flags = { listen: '127.0.0.1:0', control: `127.0.0.1:${port}` };
  expect(await demo(flags, terminal)).toBe(69);
  expect(terminal.written().err).toContain(`port ${port} is taken by another program`);
  expect(terminal.written().err).toContain('--control 127.0.0.1:PORT');
  other.close();
});
