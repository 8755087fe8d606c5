import { expect } from 'vitest';
import { largeFile } from './large-file.ts';
import { expectUsableAndMarked, writeMarkedLetter } from './marked-letter.ts';
import { IMPATIENT } from './paired-proxies.ts';
import type { Fault } from './scripted-server.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

const test = testInThunderbird();

const NOTHING_SENT = /localhost cannot be reached: .* Nothing was sent\./s;
const LOST = /The connection to localhost was lost\. Nothing was sent\. Try again\./;
const NOT_SENT =
  /The connection to localhost failed \(.*\), and the message was not sent\. Try again\./s;
/** At MAIL, or a moment later. */
const LOST_OR_NOT_SENT = new RegExp(`${LOST.source}|${NOT_SENT.source}`, 's');
const UNKNOWN =
  /localhost took the whole message but did not say whether it accepted it\. It may have been delivered/;

/** How the server fails each time, and what the dialog must tell the person. */
const CASES: readonly (readonly [how: string, fault: Fault, says: RegExp])[] = [
  ['goes away before its greeting', { at: 'connection', does: 'hang up' }, NOTHING_SENT],
  ['never greets', { at: 'greeting', does: 'stay silent' }, NOTHING_SENT],
  ['goes away at EHLO', { at: 'EHLO', does: 'hang up' }, NOTHING_SENT],
  ['goes away right after the login', { at: 'AUTH', does: 'answer and hang up' }, LOST_OR_NOT_SENT],
  ['goes away at MAIL', { at: 'MAIL', does: 'hang up' }, NOT_SENT],
  ['never answers MAIL', { at: 'MAIL', does: 'stay silent' }, NOT_SENT],
  ['goes away at RCPT', { at: 'RCPT', does: 'hang up' }, NOT_SENT],
  ['goes away at DATA', { at: 'DATA', does: 'hang up' }, NOT_SENT],
  ['goes away after the final dot', { at: 'dot', does: 'hang up' }, UNKNOWN],
  ['never answers the final dot', { at: 'dot', does: 'stay silent' }, UNKNOWN],
];

test.for(CASES)(
  'the person is told that the server %s, keeps the window, and can send again',
  async ([, fault, says], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream(fault);
    await using proxy = await proxies.before(
      upstream,
      fault.does === 'stay silent' ? IMPATIENT : [],
    );
    await thunderbird.sendThrough(proxy.port);
    const window = await writeMarkedLetter(thunderbird);

    await window.clickSend();

    expect(await thunderbird.dialogs.readAndClose()).toMatch(says);
    await expectUsableAndMarked(window);
    expect(upstream.accepted()).toEqual([]);

    upstream.playFrom(undefined);
    await window.send();
    expect(upstream.accepted()).toHaveLength(1);
  },
);

test('the person is told that there is no server at all', async ({ thunderbird, proxies }) => {
  const upstream = await scriptedUpstream();
  await using proxy = await proxies.before(upstream);
  await upstream[Symbol.asyncDispose]();
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);

  await window.clickSend();

  const text = await thunderbird.dialogs.readAndClose();
  expect(text).toContain('localhost cannot be reached: it refused the connection');
  await expectUsableAndMarked(window);
});

test('the person is told that the server goes away in the middle of a long message', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream({ at: 'body', does: 'hang up' });
  await using proxy = await proxies.before(upstream);
  await using photograph = await largeFile();
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);
  await window.attach(photograph.file);

  await window.clickSend();

  expect(await thunderbird.dialogs.readAndClose()).toMatch(NOT_SENT);
  await expectUsableAndMarked(window);
  expect(upstream.accepted()).toEqual([]);

  upstream.playFrom(undefined);
  await window.send();
  expect(upstream.accepted()).toHaveLength(1);
});

test('a server that goes away once before the login is asked again, and the person hears nothing', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream({
    at: 'EHLO',
    does: 'answer and hang up',
    times: 1,
  });
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);

  await window.send();

  expect(upstream.accepted()).toHaveLength(1);
  expect(upstream.commands().filter((command) => command.startsWith('EHLO'))).toHaveLength(2);
});

test('a server that goes away between two messages is asked again, and the person hears nothing', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream();
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  await (await writeMarkedLetter(thunderbird)).send();

  upstream.loseConnections();
  await (await writeMarkedLetter(thunderbird)).send();

  expect(upstream.accepted()).toHaveLength(2);
});

test('the person is told that the server went away between two messages and stays away', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream();
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  await (await writeMarkedLetter(thunderbird)).send();

  upstream.playFrom({ at: 'connection', does: 'hang up' });
  upstream.loseConnections();
  const window = await writeMarkedLetter(thunderbird);
  await window.clickSend();

  expect(await thunderbird.dialogs.readAndClose()).toMatch(NOTHING_SENT);
  await expectUsableAndMarked(window);
  upstream.playFrom(undefined);
  await window.send();
  expect(upstream.accepted()).toHaveLength(2);
});
