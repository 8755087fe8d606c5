import { expect } from 'vitest';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import type { ThunderbirdWindow } from './gecko.ts';
import type { Answering } from './mail-folder.ts';
import { writeMarkedLetter } from './marked-letter.ts';
import { Message } from './message.ts';
import { notifications } from './notifications.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = { to: 'bob@recipient.example', subject: 'The contract', body: 'Please.' } as const;

/** A mail whose sender asks nothing of TLS, or tries to. */
function received(marker: readonly string[]): string {
  return [
    'From - Sat Nov 21 12:00:00 2026',
    'X-Mozilla-Status: 0001',
    'X-Mozilla-Status2: 00000000',
    'Message-ID: <question@recipient.example>',
    'Date: Sat, 21 Nov 2026 12:00:00 +0000',
    'From: Bob <bob@recipient.example>',
    'To: alice@sender.example',
    'Subject: Your secrets',
    ...marker,
    'Content-Type: text/plain; charset=UTF-8',
    '',
    'What are they?',
    '',
  ].join('\n');
}

async function untilLabel(window: ComposeWindow, label: string): Promise<void> {
  await eventually(
    `the button to say ${label}`,
    async () => (await window.buttonLabel()) === label,
  );
}

async function reopenDraft(thunderbird: Thunderbird): Promise<ComposeWindow> {
  const subject = await eventually('a draft', async () => {
    const [only] = await thunderbird.folder('Drafts').subjects();
    return only;
  });
  return thunderbird.open('Drafts', subject, 'cmd_editDraftMsg');
}

const ANSWERS: readonly Answering[] = ['cmd_reply', 'cmd_forwardInline', 'cmd_redirect'];

for (const hostile of [[], ['X-TLS-Required: No']]) {
  const about = hostile.length === 0 ? 'a plain mail' : 'a mail that says No';

  for (const command of ANSWERS) {
    test(`a marked draft made by ${command} of ${about} is sent marked`, async ({
      thunderbird,
      proxies,
    }) => {
      await using upstream = await startRecordingUpstream(proxies);
      await thunderbird.sendThrough(upstream.port);
      await thunderbird.folder('Sent').add(received(hostile));
      const written = await thunderbird.open('Sent', 'Your secrets', command);
      await untilLabel(written, 'TLS: Normal');
      if (command !== 'cmd_reply') await written.type('#toAddrInput', `${LETTER.to}\uE007`);
      await written.choose('required');
      await written.saveAndClose('cmd_saveAsDraft');

      const reopened = await reopenDraft(thunderbird);
      await untilLabel(reopened, 'Require TLS');
      await reopened.send();

      expect(await upstream.requirements()).toEqual(['required']);
    });
  }

  test(`an unmarked draft that answers ${about} stays Normal`, async ({ thunderbird, proxies }) => {
    await using upstream = await startRecordingUpstream(proxies);
    await thunderbird.sendThrough(upstream.port);
    await thunderbird.folder('Sent').add(received(hostile));
    const written = await thunderbird.open('Sent', 'Your secrets', 'cmd_reply');
    await untilLabel(written, 'TLS: Normal');
    await written.saveAndClose('cmd_saveAsDraft');

    const reopened = await reopenDraft(thunderbird);
    await untilLabel(reopened, 'TLS: Normal');
    await reopened.send();

    expect(await upstream.requirements()).toEqual(['default']);
  });
}

for (const { choice, label } of [
  { choice: 'required', label: 'Require TLS' },
  { choice: 'default', label: 'TLS: Normal' },
] as const) {
  test(`a draft that says ${label} says so after it was saved three times`, async ({
    thunderbird,
    proxies,
  }) => {
    await using upstream = await startRecordingUpstream(proxies);
    await thunderbird.sendThrough(upstream.port);
    const written = await thunderbird.newMessage();
    await written.write(LETTER);
    await written.choose(choice);
    await written.saveAndClose('cmd_saveAsDraft');

    for (const more of ['twice', 'three times']) {
      const again = await reopenDraft(thunderbird);
      await untilLabel(again, label);
      await again.type('#msgSubject', `, ${more}`);
      await again.saveAndClose('cmd_saveAsDraft');
    }
    const reopened = await reopenDraft(thunderbird);
    await untilLabel(reopened, label);
    await reopened.send();

    expect(await upstream.requirements()).toEqual([choice]);
  });
}

test('a draft asks for what was chosen in it, not for what its template asks', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const template = await thunderbird.newMessage();
  await template.write(LETTER);
  await template.saveAndClose('cmd_saveAsTemplate');
  const written = await thunderbird.open('Templates', LETTER.subject, 'cmd_newMsgFromTemplate');
  await written.choose('required');
  await written.saveAndClose('cmd_saveAsDraft');

  const reopened = await reopenDraft(thunderbird);
  await untilLabel(reopened, 'Require TLS');
  await reopened.send();

  expect(await upstream.requirements()).toEqual(['required']);
});

test('a marked template stays marked when it is edited and saved again', async ({
  thunderbird,
}) => {
  await (await writeMarkedLetter(thunderbird)).saveAndClose('cmd_saveAsTemplate');
  const edited = await thunderbird.open('Templates', LETTER.subject, 'cmd_editTemplateMsg');
  await untilLabel(edited, 'Require TLS');
  await edited.saveAndClose('cmd_saveAsTemplate');

  const used = await thunderbird.open('Templates', LETTER.subject, 'cmd_newMsgFromTemplate');
  await untilLabel(used, 'Require TLS');
});

test('two drafts that look alike and disagree: the person is asked', async ({ thunderbird }) => {
  await (await writeMarkedLetter(thunderbird)).saveAndClose('cmd_saveAsDraft');
  const other = await thunderbird.newMessage();
  await other.write(LETTER);
  await other.saveAndClose('cmd_saveAsDraft');

  const reopened = await reopenDraft(thunderbird);
  await untilLabel(reopened, 'TLS: ?');
  const popup = await reopened.openPopup();
  expect(await popup.visibleText()).toContain('choose again');
});

test("a stranger's No does not come along when the mail is edited as new", async ({
  thunderbird,
}) => {
  await thunderbird.folder('Sent').add(received(['X-TLS-Required: No']));
  const window = await thunderbird.open('Sent', 'Your secrets', 'cmd_editAsNew');
  await untilLabel(window, 'TLS: Normal');
});

test('a draft saved in the moment it opens is not sent as Normal', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarkedLetter(thunderbird)).saveAndClose('cmd_saveAsDraft');
  await addOn.stopBackground();
  await saveNextWindowAtOnce(thunderbird);

  const window = await reopenDraft(thunderbird);
  await window.clickSend();

  const sent = await eventually('the message, or why it was not sent', async () => {
    const [message] = upstream.arrived();
    if (message !== undefined) return message.requirement;
    return (await notifications(thunderbird.mainWindow)).length > 0 ? 'not sent' : undefined;
  });
  expect(['not sent', 'required']).toContain(sent);
});

test('a draft saved in the moment it opens is not closed without its choice', async ({
  thunderbird,
  addOn,
}) => {
  await (await writeMarkedLetter(thunderbird)).saveAndClose('cmd_saveAsDraft');
  await addOn.stopBackground();
  await saveNextWindowAtOnce(thunderbird);
  const window = await reopenDraft(thunderbird);
  await (await window.openPopup()).clickToClose('#done');

  await window.command('cmd_close');

  await eventually('the marker on disk, or the question whether to save', async () => {
    if ((await thunderbird.dialogs.texts()).length > 0) return true;
    const stored = new Message(await thunderbird.folder('Drafts').newest());
    return !(await window.isOpen()) && stored.field('X-TLS-Required').length > 0;
  });
});

/** Ctrl+S, as soon as Thunderbird takes it. */
async function saveNextWindowAtOnce(thunderbird: Thunderbird): Promise<void> {
  await thunderbird.mainWindow.run(({ Services }) => {
    const observe = (opened: ThunderbirdWindow): void => {
      Services.obs.removeObserver(observe, 'domwindowopened');
      opened.addEventListener('compose-editor-ready', () => opened.goDoCommand('cmd_saveAsDraft'), {
        once: true,
      });
    };
    Services.obs.addObserver(observe, 'domwindowopened');
  });
}
