import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { startProxy, type ProxyProcess } from '../proxy-process.ts';
import type { ComposeWindow } from './compose-window.ts';
import { scriptedUpstream, type Fault, type ScriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Minutes of the meeting',
  body: 'Corrections are welcome.',
} as const;

const NOTHING_SENT = /localhost cannot be reached: .* Nothing was sent\./s;
const NOT_SENT =
  /The connection to localhost failed \(.*\), and the message was not sent\. Try again\./s;
const UNKNOWN =
  /localhost took the whole message but did not say whether it accepted it\. It may have been delivered/;

/** How the server fails each time, and what the dialog must tell the person. */
const CASES: readonly (readonly [how: string, fault: Fault, says: RegExp])[] = [
  ['goes away before its greeting', { at: 'connection', does: 'hang up' }, NOTHING_SENT],
  ['never greets', { at: 'greeting', does: 'stay silent' }, NOTHING_SENT],
  ['goes away at EHLO', { at: 'EHLO', does: 'hang up' }, NOTHING_SENT],
  ['goes away at MAIL', { at: 'MAIL', does: 'hang up' }, NOT_SENT],
  ['never answers MAIL', { at: 'MAIL', does: 'stay silent' }, NOT_SENT],
  ['goes away at RCPT', { at: 'RCPT', does: 'hang up' }, NOT_SENT],
  ['goes away at DATA', { at: 'DATA', does: 'hang up' }, NOT_SENT],
  ['goes away after the final dot', { at: 'dot', does: 'hang up' }, UNKNOWN],
  ['never answers the final dot', { at: 'dot', does: 'stay silent' }, UNKNOWN],
];

test.for(CASES)(
  'the person is told that the server %s, keeps the window, and can send again',
  async ([, fault, says], { thunderbird }) => {
    await using upstream = await scriptedUpstream(fault);
    await using proxy = await proxyTo(upstream);
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarked(thunderbird);

    await window.clickSend();

    expect(await thunderbird.dialogs.readAndClose()).toMatch(says);
    await expectUsable(window);
    expect(upstream.accepted()).toEqual([]);

    upstream.playFrom(undefined);
    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);

test('the person is told that there is no server at all', async ({ thunderbird }) => {
  const upstream = await scriptedUpstream();
  await using proxy = await proxyTo(upstream);
  await upstream[Symbol.asyncDispose]();
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarked(thunderbird);

  await window.clickSend();

  const text = await thunderbird.dialogs.readAndClose();
  expect(text).toContain('localhost cannot be reached: it refused the connection');
  await expectUsable(window);
});

test('the person is told that the server goes away in the middle of a long message', async ({
  thunderbird,
}) => {
  await using upstream = await scriptedUpstream({ at: 'body', does: 'hang up' });
  await using proxy = await proxyTo(upstream);
  await using photograph = await largeFile();
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarked(thunderbird);
  await window.attach(photograph.file);

  await window.clickSend();

  expect(await thunderbird.dialogs.readAndClose()).toMatch(NOT_SENT);
  await expectUsable(window);
  expect(upstream.accepted()).toEqual([]);

  upstream.playFrom(undefined);
  await window.send();
  expect(upstream.accepted()).toHaveLength(1);
});

test('a server that goes away once before the login is asked again, and the person hears nothing', async ({
  thunderbird,
}) => {
  await using upstream = await scriptedUpstream({
    at: 'EHLO',
    does: 'answer and hang up',
    times: 1,
  });
  await using proxy = await proxyTo(upstream);
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarked(thunderbird);

  await window.send();

  expect(upstream.accepted()).toHaveLength(1);
  expect(upstream.commands().filter((command) => command.startsWith('EHLO'))).toHaveLength(2);
});

test('a server that goes away between two messages is asked again, and the person hears nothing', async ({
  thunderbird,
}) => {
  await using upstream = await scriptedUpstream();
  await using proxy = await proxyTo(upstream);
  await thunderbird.sendThrough(proxy.port);
  await (await writeMarked(thunderbird)).send();

  upstream.loseConnections();
  await (await writeMarked(thunderbird)).send();

  expect(upstream.accepted()).toHaveLength(2);
});

test('the person is told that the server went away between two messages and stays away', async ({
  thunderbird,
}) => {
  await using upstream = await scriptedUpstream();
  await using proxy = await proxyTo(upstream);
  await thunderbird.sendThrough(proxy.port);
  await (await writeMarked(thunderbird)).send();

  upstream.playFrom({ at: 'connection', does: 'hang up' });
  upstream.loseConnections();
  const window = await writeMarked(thunderbird);
  await window.clickSend();

  expect(await thunderbird.dialogs.readAndClose()).toMatch(NOTHING_SENT);
  await expectUsable(window);
  upstream.playFrom(undefined);
  await window.send();
  expect(upstream.accepted()).toHaveLength(2);
});

async function writeMarked(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.choose('required');
  return window;
}

/** What was written is still there, and so is the choice. */
async function expectUsable(window: ComposeWindow): Promise<void> {
  expect(await window.isLocked()).toBe(false);
  expect(await window.buttonLabel()).toBe('Require TLS');
}

async function proxyTo(upstream: ScriptedUpstream): Promise<ProxyProcess> {
  const url = `submissions://localhost:${upstream.port}`;
  return startProxy(url, upstream.caFile, ['--timeout', '2']);
}

/** More than the sockets on the way hold, so that a part of it is still to be sent. */
const LARGE_OCTETS = 12_000_000;

async function largeFile(): Promise<AsyncDisposable & { readonly file: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'requiretls-attachment-'));
  const file = path.join(folder, 'photograph.bin');
  await writeFile(file, Buffer.alloc(LARGE_OCTETS, 'x'));
  return {
    file,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
