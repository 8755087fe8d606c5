import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { readNotification } from './notifications.ts';
import { identityKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

/** Her mail goes to a plain server, and nobody has said otherwise on the set-up page. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const CAROLS_POSITION = 1;

const test = testInThunderbird([CAROL]);

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Test results',
  body: 'All is well.',
} as const;

test('a marked message from an identity that was not confirmed is not sent, and the person reads why', async ({
  thunderbird,
}) => {
  await using plainServer = await startRecorder();
  await thunderbird.sendThrough(plainServer.port, CAROLS_POSITION);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.writeAs(identityKey(CAROLS_POSITION));
  await window.choose('required');

  await window.clickSend();

  const popup = await window.popup();
  expect(await popup.visibleText()).toMatch(/not sent.*not set up for Require TLS/s);
  await popup.clickToClose('#done');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  expect(await readNotification(thunderbird.mainWindow)).toMatch(
    /was not sent.*not set up for Require TLS/s,
  );
  expect(await window.buttonLabel()).toBe('Require TLS');
  expect(plainServer.connections()).toBe(0);
});

test('the same identity sends a Normal message', async ({ thunderbird }) => {
  await using plainServer = await startRecorder();
  await thunderbird.sendThrough(plainServer.port, CAROLS_POSITION);
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await window.writeAs(identityKey(CAROLS_POSITION));
  await window.choose('required');

  await window.choose('default');
  await window.send();

  await eventually('the message', async () => plainServer.messages().length === 1);
});

test.for(['Maybe', 'Yes, please', 'Yes; id=', 'No No'])(
  'a draft whose choice reads "%s" is not sent until the person chooses again',
  async (value, { thunderbird }) => {
    await using recorder = await startRecorder();
    await thunderbird.sendThrough(recorder.port);
    await thunderbird.folder('Drafts').add(draftWith(`X-TLS-Required: ${value}`));
    const window = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');

    await window.clickSend();

    const popup = await window.popup();
    expect(await popup.visibleText()).toContain('cannot be read');
    await popup.clickToClose('#done');
    await eventually('the window unlocked', async () => !(await window.isLocked()));
    expect(await readNotification(thunderbird.mainWindow)).toMatch(/was not sent.*choose again/s);
    expect(recorder.connections()).toBe(0);

    await window.choose('required');
    await window.send();
    await eventually('the message', async () => recorder.messages().length === 1);
    expect(recorder.messages()[0]?.field('X-TLS-Required')).toEqual([
      expect.stringMatching(/^Yes; id=/),
    ]);
  },
);

test('a draft with two choices in it is not sent', async ({ thunderbird }) => {
  await using recorder = await startRecorder();
  await thunderbird.sendThrough(recorder.port);
  await thunderbird.folder('Drafts').add(draftWith('X-TLS-Required: No\nX-Tls-Required: Yes'));
  const window = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');

  await window.clickSend();

  await (await window.popup()).clickToClose('#done');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  expect(await readNotification(thunderbird.mainWindow)).toMatch(/was not sent.*choose again/s);
  expect(recorder.connections()).toBe(0);
});

function draftWith(fields: string): string {
  return [
    'From - Sat Nov 21 12:00:00 2026',
    'X-Mozilla-Status: 0000',
    'X-Mozilla-Status2: 00000000',
    'Message-ID: <draft-1@sender.example>',
    'Date: Sat, 21 Nov 2026 12:00:00 +0000',
    'MIME-Version: 1.0',
    'From: Alice Moreau <alice@sender.example>',
    `To: ${LETTER.to}`,
    `Subject: ${LETTER.subject}`,
    fields,
    'Content-Type: text/plain; charset=UTF-8',
    '',
    LETTER.body,
    '',
  ].join('\n');
}
