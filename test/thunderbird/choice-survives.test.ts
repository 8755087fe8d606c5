import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { installOtherAddOn } from './other-add-on.ts';
import { receiptsIn } from '../receipt-files.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'The contract',
  body: 'Please sign it by Friday.',
} as const;

/** Each send gives the marker an id of its own: 16 random octets in base64url. */
const MARKER_ID = /^[A-Za-z0-9_-]{22}$/;

async function writeMarked(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.choose('required');
  return window;
}

test('a message that requires TLS leaves with a marker whose id is another each time', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);

  for (const round of [1, 2]) {
    const window = await writeMarked(thunderbird);
    expect(await window.buttonLabel(), `round ${round}`).toBe('Require TLS');
    await window.send();
  }

  expect(await upstream.requirements(2)).toEqual(['required', 'required']);
  const { receipts } = await receiptsIn(proxies.stateFolder);
  const [first, second] = receipts.map(({ markerId }) => markerId);
  expect(first).toMatch(MARKER_ID);
  expect(second).toMatch(MARKER_ID);
  expect(second).not.toEqual(first);
});

test('a message that nobody touched leaves without any field of ours', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await window.buttonLabel()),
  );

  await window.send();

  expect(await upstream.requirements()).toEqual(['default']);
  const names = upstream.arrived().flatMap(({ message }) => message.fieldNames());
  expect(names.filter((name) => /tls/.test(name))).toEqual([]);
});

test('a choice taken back leaves no trace', async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const window = await writeMarked(thunderbird);

  await window.choose('default');
  await window.send();

  expect(await upstream.requirements()).toEqual(['default']);
});

test('a marked draft that was saved, closed and opened again is sent marked', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsDraft');

  const reopened = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');
  await eventually(
    'the button to say Require TLS',
    async () => (await reopened.buttonLabel()) === 'Require TLS',
  );
  await reopened.send();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked draft is sent marked even when Send is pressed at once', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsDraft');

  await (await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg')).send();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked message that is edited as new is sent marked again', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).send();

  await (await thunderbird.open('Sent', LETTER.subject, 'cmd_editAsNew')).send();

  expect(await upstream.requirements(2)).toEqual(['required', 'required']);
});

test('a message from a marked template is sent marked', async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsTemplate');

  const message = await thunderbird.open('Templates', LETTER.subject, 'cmd_newMsgFromTemplate');
  await message.send();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked message waits in the Outbox and leaves marked', async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).sendLater();
  expect(upstream.arrived()).toEqual([]);

  await thunderbird.sendOutbox();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked message leaves marked after the background page was stopped', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const window = await writeMarked(thunderbird);

  await addOn.stopBackground();
  await window.send();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a reply to a marked message is Normal', async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarked(thunderbird)).send();

  const reply = await thunderbird.open('Sent', LETTER.subject, 'cmd_reply');
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await reply.buttonLabel()),
  );
  await reply.send();

  expect(await upstream.requirements(2)).toEqual(['required', 'default']);
});

test("another add-on's custom header survives ours", async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await using other = await installOtherAddOn(thunderbird);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await other.addCustomHeader({ name: 'X-Project', value: 'Apollo' });

  await window.choose('required');
  await window.choose('optional');
  await window.send();

  expect(await upstream.requirements()).toEqual(['optional']);
  expect(upstream.arrived()[0]?.message.field('X-Project')).toEqual(['Apollo']);
});
