import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { installOtherAddOn } from './other-add-on.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'The contract',
  body: 'Please sign it by Friday.',
} as const;

/** Each send gives the marker an id of its own: 16 random octets in base64url. */
const MARKED = /^Yes; id=[A-Za-z0-9_-]{22}$/;

async function writeMarked(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.choose('required');
  return window;
}

async function markersOf(recorder: Recorder): Promise<readonly (readonly string[])[]> {
  await eventually('a message at the server', async () => recorder.messages().length > 0);
  return recorder.messages().map((message) => message.field('X-TLS-Required'));
}

test('a message that requires TLS leaves with the marker, and its id is another each time', async ({
  thunderbird,
}) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);

  for (const round of [1, 2]) {
    const window = await writeMarked(thunderbird);
    expect(await window.buttonLabel(), `round ${round}`).toBe('Require TLS');
    await window.send();
  }

  const [first, second] = await markersOf(recorder);
  expect(first).toEqual([expect.stringMatching(MARKED)]);
  expect(second).toEqual([expect.stringMatching(MARKED)]);
  expect(second).not.toEqual(first);
});

test('a message that nobody touched leaves without any field of ours', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await window.buttonLabel()),
  );

  await window.send();

  await markersOf(recorder);
  const names = recorder.messages().flatMap((message) => message.fieldNames());
  expect(names.filter((name) => /tls/.test(name))).toEqual([]);
});

test('a choice taken back leaves no trace', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  const window = await writeMarked(thunderbird);

  await window.choose('default');
  await window.send();

  expect(await markersOf(recorder)).toEqual([[]]);
});

test('a marked draft that was saved, closed and opened again is sent marked', async ({
  thunderbird,
}) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsDraft');

  const reopened = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');
  await eventually(
    'the button to say Require TLS',
    async () => (await reopened.buttonLabel()) === 'Require TLS',
  );
  await reopened.send();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(MARKED)]]);
});

test('a marked draft is sent marked even when Send is pressed at once', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsDraft');

  await (await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg')).send();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(MARKED)]]);
});

test('a marked message that is edited as new is sent marked again', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).send();

  await (await thunderbird.open('Sent', LETTER.subject, 'cmd_editAsNew')).send();

  await eventually('both messages', async () => recorder.messages().length === 2);
  expect((await markersOf(recorder))[1]).toEqual([expect.stringMatching(MARKED)]);
});

test('a message from a marked template is sent marked', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).saveAndClose('cmd_saveAsTemplate');

  const message = await thunderbird.open('Templates', LETTER.subject, 'cmd_newMsgFromTemplate');
  await message.send();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(MARKED)]]);
});

test('a marked message waits in the Outbox and leaves marked', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).sendLater();
  expect(recorder.connections()).toBe(0);

  await thunderbird.sendOutbox();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(MARKED)]]);
});

test('a marked message leaves marked after the background page was stopped', async ({
  thunderbird,
  addOn,
}) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  const window = await writeMarked(thunderbird);

  await addOn.stopBackground();
  await window.send();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(MARKED)]]);
});

test('a reply to a marked message is Normal', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await (await writeMarked(thunderbird)).send();

  const reply = await thunderbird.open('Sent', LETTER.subject, 'cmd_reply');
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await reply.buttonLabel()),
  );
  await reply.send();

  await eventually('both messages', async () => recorder.messages().length === 2);
  expect((await markersOf(recorder))[1]).toEqual([]);
});

test("another add-on's custom header survives ours", async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await using other = await installOtherAddOn(thunderbird);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await other.addCustomHeader({ name: 'X-Project', value: 'Apollo' });

  await window.choose('required');
  await window.choose('optional');
  await window.send();

  expect(await markersOf(recorder)).toEqual([[expect.stringMatching(/^No; id=/)]]);
  expect(recorder.messages()[0]?.field('X-Project')).toEqual(['Apollo']);
});
