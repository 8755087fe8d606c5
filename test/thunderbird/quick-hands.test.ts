import { expect } from 'vitest';
import type { AddOn } from './add-on.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { notifications } from './notifications.ts';
import { startRecordingUpstream, type RecordingUpstream } from './recording-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

const test = testInThunderbird();

const LETTER = { to: 'bob@recipient.example', subject: 'The contract', body: 'Please.' } as const;

/** WebDriver's names of keys; the last one lets go of them. */
const CTRL_SHIFT_D = '\uE009\uE008d\uE000';
const CTRL_ENTER = '\uE009\uE006\uE000';

const NEXT = { awake: 'is awake', asleep: 'was stopped' } as const;
type Background = keyof typeof NEXT;

/** A written letter whose button says Normal. */
async function writeNormal(thunderbird: Thunderbird): Promise<ComposeWindow> {
  // Otherwise Thunderbird asks at the first Ctrl+Enter whether it was meant.
  await thunderbird.mainWindow.run(({ Services }) =>
    Services.prefs.setBoolPref('mail.warn_on_send_accel_key', false),
  );
  const window = await thunderbird.newMessage();
  await window.write(LETTER);
  await eventually('the button to say Normal', async () =>
    /Normal/.test(await window.buttonLabel()),
  );
  return window;
}

async function putTo(background: Background, addOn: AddOn): Promise<void> {
  if (background === 'asleep') await addOn.stopBackground();
}

/** What became of a message: how it was sent, or that it was kept and the window is usable. */
async function outcome(
  thunderbird: Thunderbird,
  upstream: RecordingUpstream,
  window: ComposeWindow,
): Promise<string> {
  return eventually('the message, or why it was not sent', async () => {
    const [message] = upstream.arrived();
    if (message !== undefined) return `sent as ${message.requirement}`;
    const told = (await notifications(thunderbird.mainWindow)).length > 0;
    return told && !(await window.isLocked()) ? 'kept' : undefined;
  });
}

for (const background of ['awake', 'asleep'] as const) {
  test(`the key pressed twice goes two steps while the background page ${NEXT[background]}`, async ({
    thunderbird,
    addOn,
  }) => {
    const window = await writeNormal(thunderbird);
    await putTo(background, addOn);
    await window.type('#msgSubject', CTRL_SHIFT_D);
    await window.type('#msgSubject', CTRL_SHIFT_D);
    await eventually(
      'the second step',
      async () => (await window.buttonLabel()) === 'Deliver anyway',
    );
  });

  for (const round of [1, 2, 3, 4, 5]) {
    test(`the key and at once Ctrl+Enter while the background page ${NEXT[background]} (${round})`, async ({
      thunderbird,
      addOn,
      proxies,
    }) => {
      await using upstream = await startRecordingUpstream(proxies);
      await thunderbird.sendThrough(upstream.port);
      const window = await writeNormal(thunderbird);
      await putTo(background, addOn);
      await window.type('#msgSubject', CTRL_SHIFT_D);
      await window.type('#msgSubject', CTRL_ENTER);
      expect(['sent as required', 'kept']).toContain(await outcome(thunderbird, upstream, window));
    });
  }

  test(`a choice in the popup and at once Send while the background page ${NEXT[background]}`, async ({
    thunderbird,
    addOn,
    proxies,
  }) => {
    await using upstream = await startRecordingUpstream(proxies);
    await thunderbird.sendThrough(upstream.port);
    const window = await writeNormal(thunderbird);
    const popup = await window.openPopup();
    await putTo(background, addOn);
    await popup.click('#required');
    await window.command('cmd_sendNow');
    expect(await outcome(thunderbird, upstream, window)).toBe('sent as required');
  });
}

test('an earlier choice that another add-on writes back does not return', async ({
  thunderbird,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  const window = await writeNormal(thunderbird);
  await window.choose('optional');
  await window.choose('required');

  await window.run(({ window: { gMsgCompose } }) =>
    gMsgCompose?.compFields.setHeader('X-TLS-Required', 'No'),
  );
  await window.clickSend();

  expect(await outcome(thunderbird, upstream, window)).toBe('sent as required');
});
