import { tellOpen } from './compose-windows.ts';
import { noteLacking } from './lacking-server.ts';
import { refreshButton } from './requirement-button.ts';
import { identityOfWindow } from './sending-identity.ts';
import { lookAtWay } from './way.ts';

/** Called when a compose window opens or gets another sender: finds out what the button can say. */
export async function lookAhead({ id, type }: messenger.tabs.Tab): Promise<void> {
  if (type !== 'messageCompose' || id === undefined) return;
  try {
    await tellOpen(id);
    const identityId = await identityOfWindow(id);
    if (identityId === undefined) return;
    await noteLacking(id, await lookAtWay(identityId, () => undefined));
    await refreshButton(id);
  } catch (cause) {
    // The window is closed already, or it will be told by the popup and at Send.
    console.info('Require TLS could not look ahead for a window', cause);
  }
}
