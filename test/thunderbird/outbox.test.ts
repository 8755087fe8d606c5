import { expect } from 'vitest';
import { LOUD, nothingLeftToAsk, putAside, ringAlarm, sendAliceThrough } from './after-send.ts';
import type { ChromeWindow } from './chrome-window.ts';
import { eventually } from './eventually.ts';
import { writeMarkedLetter } from './marked-letter.ts';
import { notifications, readNotification } from './notifications.ts';
import { identityKey, type Identity } from './profile.ts';
import { startRecorder } from './recorder.ts';
import { startRecordingUpstream } from './recording-upstream.ts';
import { scriptedUpstream } from './scripted-upstream.ts';
import { testInThunderbird } from './test-in-thunderbird.ts';
import type { Thunderbird } from './thunderbird.ts';

/** Her outgoing server is a plain one, which knows nothing of markers. */
const CAROL: Identity = {
  name: 'Carol Weiss',
  address: 'carol@elsewhere.example',
  outgoing: { port: 9 },
};
const CAROL_AT = 1;

const test = testInThunderbird([CAROL]);

async function copyKept(thunderbird: Thunderbird): Promise<void> {
  await eventually('its copy', async () =>
    (await thunderbird.folder('Sent').subjects()).includes('The contract'),
  );
}

test('a message of the Outbox that went another way is told of when the alarm rings', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using plain = await startRecorder();
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarkedLetter(thunderbird)).sendLater();

  await ringAlarm(addOn);
  await sendAliceThrough(thunderbird, CAROL_AT);
  await thunderbird.sendOutbox();
  await eventually('the message at the plain server', async () => plain.messages().length === 1);
  await copyKept(thunderbird);
  await addOn.stopBackground();
  await ringAlarm(addOn);

  expect(await readNotification(thunderbird.mainWindow)).toMatch(LOUD);
  await sendAliceThrough(thunderbird, 0);
  await putAside(addOn);
});

test('a message of the Outbox that was refused by the proxy and then went another way is told of', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using plain = await startRecorder();
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  await using upstream = await scriptedUpstream({
    at: 'dot',
    does: { reply: '550 5.7.1 that looks like spam' },
  });
  await using proxy = await proxies.before(upstream);
  await thunderbird.sendThrough(proxy.port);
  await (await writeMarkedLetter(thunderbird)).sendLater();
  // Marionette answers nothing while the only window has a dialog, so there is another one.
  await thunderbird.newMessage();
  await thunderbird.sendOutbox();
  await thunderbird.dialogs.readAndClose();

  await sendAliceThrough(thunderbird, CAROL_AT);
  await thunderbird.sendOutbox();
  await eventually('the message at the plain server', async () => plain.messages().length === 1);
  await copyKept(thunderbird);
  await ringAlarm(addOn);

  expect(await readNotification(thunderbird.mainWindow)).toMatch(LOUD);
  await sendAliceThrough(thunderbird, 0);
  await putAside(addOn);
});

test('a message of the Outbox that left no copy is told of when the proxy cannot confirm it', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using plain = await startRecorder();
  await thunderbird.sendThrough(plain.port, CAROL_AT);
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await using _ = await keepNoCopies(thunderbird.mainWindow);
  await (await writeMarkedLetter(thunderbird)).sendLater();

  await sendAliceThrough(thunderbird, CAROL_AT);
  await thunderbird.sendOutbox();
  await eventually('the message at the plain server', async () => plain.messages().length === 1);

  const told = await eventually('the notification', async () => {
    await ringAlarm(addOn);
    return (await notifications(thunderbird.mainWindow)).find((text) => /contract/.test(text));
  });
  expect(told).toMatch(/not certain.*the proxy cannot confirm/s);
  await sendAliceThrough(thunderbird, 0);
  await putAside(addOn);
});

test('nothing is told of a message of the Outbox that went through the proxy', async ({
  thunderbird,
  addOn,
  proxies,
}) => {
  await using upstream = await startRecordingUpstream(proxies);
  await thunderbird.sendThrough(upstream.port);
  await (await writeMarkedLetter(thunderbird)).sendLater();
  await thunderbird.sendOutbox();
  expect(await upstream.requirements()).toEqual(['required']);
  await copyKept(thunderbird);

  await ringAlarm(addOn);

  await nothingLeftToAsk(addOn);
  expect(await notifications(thunderbird.mainWindow)).toEqual([]);
});

/** "Place a copy in" is off for the first identity, until it is put right again. */
async function keepNoCopies(mainWindow: ChromeWindow): Promise<AsyncDisposable> {
  const set = async (kept: boolean) =>
    mainWindow.run(
      ({ Services }, identity, value) =>
        Services.prefs.setBoolPref(`mail.identity.${identity}.fcc`, value),
      identityKey(0),
      kept,
    );
  await set(false);
  return { [Symbol.asyncDispose]: async () => set(true) };
}
