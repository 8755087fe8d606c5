import { expect } from 'vitest';
import { PROBE_NAME, PROBE_SUBJECT } from '../../shared/control/probe.ts';
import type { ProxyProcess } from '../proxy-process.ts';
import type { ChromeWindow } from './chrome-window.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { keptBack } from './kept-back.ts';
import type { PairedProxies } from './paired-proxies.ts';
import { allow } from './permission.ts';
import { identityKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { scriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Her mail goes to a plain server, which knows nothing of probes. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

const LETTER = { to: 'bob@recipient.example', subject: 'The contract', body: 'Please.' } as const;

/** A proxy that was told not to look into Thunderbird's preferences. */
async function notReading(
  proxies: PairedProxies,
  upstream: ScriptedUpstream,
): Promise<ProxyProcess> {
  return proxies.before(upstream, ['--no-read-thunderbird']);
}

async function writtenBy(thunderbird: Thunderbird, position: number): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  if (position > 0) await window.writeAs(identityKey(position));
  await window.choose('required');
  return window;
}

function mailCommands(upstream: ScriptedUpstream): readonly string[] {
  return upstream.commands().filter((command) => command.startsWith('MAIL '));
}

test('without a probe every marked message is kept back when the preferences are not read', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await scriptedUpstream();
  await using proxy = await notReading(proxies, upstream);
  await thunderbird.sendThrough(proxy.port);
  await thunderbird.sendThrough(plain.port, CAROL_AT);

  for (const position of [0, CAROL_AT]) {
    const window = await writtenBy(thunderbird, position);
    await window.clickSend();
    expect(await keptBack(thunderbird, window)).toMatch(
      /not certain that .* sends through .*told not to read Thunderbird’s settings/s,
    );
  }
  expect(plain.connections()).toBe(0);
  expect(mailCommands(upstream)).toEqual([]);
});

test.for([
  ['in plain text', false],
  ['in HTML', true],
] as const)(
  'a probe of an identity that writes %s finds the proxy, which swallows it, and the message is sent',
  async ([, composesHtml], { thunderbird, proxies }) => {
    await using upstream = await scriptedUpstream();
    await using proxy = await notReading(proxies, upstream);
    await using _allowed = await allowProbe(thunderbird.mainWindow);
    await using _format = await writeHtml(thunderbird.mainWindow, composesHtml);
    await thunderbird.sendThrough(proxy.port);

    await (await writtenBy(thunderbird, 0)).send();

    expect(mailCommands(upstream)).toEqual([expect.stringMatching(/ REQUIRETLS( |$)/)]);
    expect(upstream.accepted().join()).toContain('Subject: The contract');
    expect(upstream.accepted().join()).not.toContain(PROBE_SUBJECT);
    expect(await thunderbird.folder('Sent').subjects()).toEqual([LETTER.subject]);
  },
);

test('a probe that another server gets tells its reader what it is, and the message is kept back', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await scriptedUpstream();
  await using proxy = await notReading(proxies, upstream);
  await using _allowed = await allowProbe(thunderbird.mainWindow);
  await thunderbird.sendThrough(proxy.port);
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  const window = await writtenBy(thunderbird, CAROL_AT);

  await window.clickSend();

  expect(await keptBack(thunderbird, window)).toMatch(/probe .* has not reached the proxy/s);
  const [probe, ...others] = plain.messages();
  expect(others).toEqual([]);
  expect(probe?.field('To')).toEqual([CAROL.address]);
  expect(probe?.field('X-TLS-Required')).toEqual([]);
  expect(probe?.text).toContain('This is a probe of the Thunderbird extension Require TLS.');
  expect(probe?.text).toContain('You may delete this one.');
  expect(mailCommands(upstream)).toEqual([]);

  // It comes back into her inbox, and is taken away; nobody else can have mail deleted so.
  const inbox = thunderbird.folder('Inbox');
  const strange = 'x'.repeat(32);
  await inbox.add(asDelivered(probe?.text ?? '', strange));
  await inbox.add(asDelivered(probe?.text ?? ''));
  await eventually('the probe gone', async () => (await inbox.ids()).length === 1);
  expect(await inbox.ids()).toEqual(['other@elsewhere.example']);
});

test('a probe that could not be sent lets no message pass, and Thunderbird says why it could not', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await scriptedUpstream({ at: 'connection', does: 'hang up' });
  await using proxy = await notReading(proxies, upstream);
  await using _allowed = await allowProbe(thunderbird.mainWindow);
  await thunderbird.sendThrough(proxy.port);
  const window = await writtenBy(thunderbird, 0);

  await window.clickSend();

  // Thunderbird shows an alert of its own for the probe that could not be sent.
  expect(await thunderbird.dialogs.readAndClose()).toContain('Nothing was sent');
  expect(await keptBack(thunderbird, window)).toMatch(/probe .* has not reached the proxy/s);
  expect(upstream.accepted()).toEqual([]);
});

/** @param nonce of a probe that somebody else has made */
function asDelivered(probe: string, nonce?: string): string {
  const lines = probe.split('\n').map((line) => {
    if (nonce === undefined) return line;
    // Thunderbird announces a message only once, by its id.
    if (/^Message-ID:/i.test(line)) return 'Message-ID: <other@elsewhere.example>';
    return /^X-TLS-Route-Probe:/i.test(line) ? `${PROBE_NAME}: ${nonce}` : line;
  });
  return ['From - Sat Nov 21 12:00:00 2026', 'X-Mozilla-Status: 0000', ...lines].join('\n');
}

/** Lets the first identity write in HTML, as most do, or not, until it is put right again. */
async function writeHtml(mainWindow: ChromeWindow, html: boolean): Promise<AsyncDisposable> {
  const set = async (to: boolean) =>
    mainWindow.run(
      ({ Services }, identity, value) =>
        Services.prefs.setBoolPref(`mail.identity.${identity}.compose_html`, value),
      identityKey(0),
      to,
    );
  await set(html);
  return { [Symbol.asyncDispose]: async () => set(false) };
}

/** Grants what the box on the set-up page asks for, until it is taken back. */
async function allowProbe(mainWindow: ChromeWindow): Promise<AsyncDisposable> {
  return allow(mainWindow, ['messages.send', 'messagesDelete']);
}
