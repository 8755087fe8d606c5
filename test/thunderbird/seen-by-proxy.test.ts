import { expect } from 'vitest';
import { LOUD, nothingLeftToAsk, putAside, sendAliceThrough } from './after-send.ts';
import type { ComposeWindow } from './compose-window.ts';
import { eventually } from './eventually.ts';
import { writeMarkedLetter } from './marked-letter.ts';
import { readNotification } from './notifications.ts';
import { installOtherAddOn } from './other-add-on.ts';
import { identityKey, serverKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';

/** Her outgoing server is a plain one, which knows nothing of markers. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const ALICE = identityKey(0);
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

/** Changes the server in the moment between the check and the sending, when nobody can see it. */
async function changeServerAsItLeaves(window: ComposeWindow): Promise<void> {
  await window.run(
    ({ window: compose, MailServices }, identity, server) => {
      compose.addEventListener('compose-send-message', () => {
        MailServices.accounts.getIdentity(identity).smtpServerKey = server;
      });
    },
    ALICE,
    serverKey(CAROL_AT),
  );
}

test('a message that was sent and that the proxy never saw is told loudly, also in the next window', async ({
  thunderbird,
  proxies,
}) => {
  await using plain = await startRecorder();
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  await thunderbird.sendThrough(upstream.port);
  const window = await writeMarkedLetter(thunderbird);
  await changeServerAsItLeaves(window);

  await window.send();

  expect(await readNotification(thunderbird.mainWindow)).toMatch(LOUD);
  expect(plain.messages()).toHaveLength(1);
  expect(upstream.arrived()).toEqual([]);

  await sendAliceThrough(thunderbird, 0);
  const next = await thunderbird.newMessage();
  await eventually('the button to say so', async () =>
    (await next.buttonTitle()).includes(
      'The proxy never saw an earlier message: “\u2068The contract\u2069”',
    ),
  );
  const popup = await next.openPopup();
  await eventually('the popup to say so', async () =>
    (await popup.visibleText()).includes('the proxy never saw it'),
  );
  await popup.click('#put-aside');
  await eventually(
    'the button as before',
    async () => !(await next.buttonTitle()).includes('earlier message'),
  );
});

test.for([
  {
    does: 'takes the marker off',
    arrivesAs: 'default',
    script: `messenger.compose.onBeforeSend.addListener(() => ({ details: { customHeaders: [] } }));`,
  },
  {
    does: 'turns Require TLS into Deliver anyway',
    arrivesAs: 'optional',
    script: `messenger.compose.onBeforeSend.addListener((tab, { customHeaders }) => ({
      details: {
        customHeaders: customHeaders.map(({ name, value }) => ({
          name,
          value: value.replace('Yes', 'No'),
        })),
      },
    }));`,
  },
])(
  'another add-on that $does at the last moment is told of loudly',
  async ({ arrivesAs, script }, { thunderbird, addOn, proxies }) => {
    await using upstream = await startRecordingUpstream(proxies);
    await using _other = await installOtherAddOn(thunderbird, { script });
    await thunderbird.sendThrough(upstream.port);

    await (await writeMarkedLetter(thunderbird)).send();

    expect(await upstream.requirements()).toEqual([arrivesAs]);
    expect(await readNotification(thunderbird.mainWindow)).toMatch(
      /A message left without its protection.*The contract/s,
    );
    await putAside(addOn);
  },
);

test('the next window tells of a message that was refused, until one is sent', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await scriptedUpstream({
    at: 'dot',
    does: { reply: '550 5.7.1 that looks like spam' },
  });
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  const window = await writeMarkedLetter(thunderbird);
  await window.clickSend();
  await thunderbird.dialogs.readAndClose();
  await eventually('the window unlocked', async () => !(await window.isLocked()));

  const next = await thunderbird.newMessage();
  await eventually('the button to say so', async () =>
    (await next.buttonTitle()).includes(
      'An earlier message was refused: “\u2068The contract\u2069”',
    ),
  );

  upstream.playFrom(undefined);
  await window.send();
  await nothingLeftToAsk(addOn);
  const last = await thunderbird.newMessage();
  await eventually('the button without it', async () =>
    (await last.buttonTitle()).startsWith(
      'Normal: sent as Thunderbird always does. Click to choose.',
    ),
  );
  expect(await last.buttonTitle()).not.toContain('earlier message');
});
