import type { AddOn } from './add-on.ts';
import { switchServer } from './account-settings.ts';
import { eventually } from './eventually.ts';
import { identityKey, serverKey } from './profile.ts';
import type { Thunderbird } from './thunderbird.ts';

/** What the person hears of a message that left past the proxy. */
export const LOUD = /A message left without its protection.*The contract.*the proxy never saw it/s;

/** Lets the first identity's mail go by the server of the one at a position. */
export async function sendAliceThrough(thunderbird: Thunderbird, position: number): Promise<void> {
  await switchServer(thunderbird.mainWindow, identityKey(0), serverKey(position));
  await thunderbird.settlePreferences();
}

/** Lets the hourly alarm ring now. */
export async function ringAlarm(addOn: AddOn): Promise<void> {
  await addOn.run(({ messenger: { alarms } }) =>
    alarms.create('look-for-sent', { when: Date.now() }),
  );
}

/** As a person does who has read what is told of earlier messages. */
export async function putAside(addOn: AddOn): Promise<void> {
  await addOn.run(({ messenger: { storage } }) => storage.local.remove('not-relayed'));
}

/** Waits until the extension has no message left to ask about. */
export async function nothingLeftToAsk(addOn: AddOn): Promise<void> {
  await eventually('the messages asked about', async () =>
    addOn.run(async ({ messenger: { storage } }) => {
      const { sentMessages } = await storage.local.get('sentMessages');
      return sentMessages === undefined || JSON.stringify(sentMessages).length <= 2;
    }),
  );
}
