import browser from 'webextension-polyfill';
import { thunderbird } from '../thunderbird.ts';

const KEY = 'confirmedIdentities';

/** Identity id to the e-mail address that the identity had when the person confirmed it. */
type ConfirmedIdentities = ReadonlyMap<string, string>;

/**
 * Says whether the person has confirmed that an identity sends through the proxy.
 *
 * Thunderbird does not tell an add-on which outgoing server an identity uses (153; look again
 * 2027-06), so a marked message could leave by a server that knows nothing of the marker. An
 * identity whose address has changed is another one and is not confirmed.
 */
export async function isConfirmed(identityId: string): Promise<boolean> {
  const confirmedAddress = (await confirmedIdentities()).get(identityId);
  if (confirmedAddress === undefined) return false;
  const identity = await thunderbird.identities.get(identityId);
  return identity?.email === confirmedAddress;
}

/** Writes down, or takes back, that an identity sends through the proxy. */
export async function setConfirmed(
  identity: { readonly id: string; readonly email: string },
  confirmed: boolean,
): Promise<void> {
  // The set-up page may be open twice: each change starts from what is stored.
  await navigator.locks.request(KEY, async () => {
    const addresses = new Map(await confirmedIdentities());
    if (confirmed) addresses.set(identity.id, identity.email);
    else addresses.delete(identity.id);
    await browser.storage.local.set({ [KEY]: Object.fromEntries(addresses) });
  });
}

async function confirmedIdentities(): Promise<ConfirmedIdentities> {
  const stored = await browser.storage.local.get(KEY);
  return parseConfirmedIdentities(stored[KEY]);
}

/** Takes from storage only what is surely a confirmation; anything else confirms nothing. */
export function parseConfirmedIdentities(stored: unknown): ConfirmedIdentities {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return new Map();
  return new Map(
    Object.entries(stored).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    ),
  );
}
