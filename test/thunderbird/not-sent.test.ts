import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { readNotification } from './notifications.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

const test = testInThunderbird();

const LETTER = {
  to: 'bob@recipient.example',
  subject: 'Test results',
  body: 'All is well.',
} as const;

test.for(['Maybe', 'Yes, please', 'Yes; id=', 'No No'])(
  'a draft whose choice reads "%s" is not sent until the person chooses again',
  async (value, { thunderbird, proxies }) => {
    await using upstream = await startRecordingUpstream(proxies);
    await thunderbird.sendThrough(upstream.port);
    await thunderbird.folder('Drafts').add(draftWith(`X-TLS-Required: ${value}`));
    const window = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');

    await window.clickSend();

    const popup = await window.popup();
    expect(await popup.visibleText()).toContain('cannot be read');
    await popup.clickToClose('#done');
    await eventually('the window unlocked', async () => !(await window.isLocked()));
    expect(await readNotification(thunderbird.mainWindow)).toMatch(/was not sent.*choose again/s);
    expect(upstream.arrived()).toEqual([]);

    await window.choose('required');
    await window.send();
    expect(await upstream.requirements()).toEqual(['required']);
  },
);

test('a draft with two choices in it is not sent', async ({ thunderbird, proxies }) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await thunderbird.folder('Drafts').add(draftWith('X-TLS-Required: No\nX-Tls-Required: Yes'));
  const window = await thunderbird.open('Drafts', LETTER.subject, 'cmd_editDraftMsg');

  await window.clickSend();

  await (await window.popup()).clickToClose('#done');
  await eventually('the window unlocked', async () => !(await window.isLocked()));
  expect(await readNotification(thunderbird.mainWindow)).toMatch(/was not sent.*choose again/s);
  expect(upstream.arrived()).toEqual([]);
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
