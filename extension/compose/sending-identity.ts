import type { Identity } from '../../shared/control/route.ts';
import { thunderbird } from '../thunderbird.ts';

/** What Thunderbird tells of an identity beyond what the proxy needs. */
export type SendingIdentity = Identity & { readonly name: string; readonly composesHtml: boolean };

/** All identities that have an address, in the order of Thunderbird's accounts. */
export async function sendingIdentities(): Promise<readonly SendingIdentity[]> {
  const accounts = await thunderbird.accounts.list(false);
  return accounts
    .flatMap((account) => account.identities)
    .flatMap(({ id, email, name, composeHtml }) =>
      id && email
        ? [{ id, address: email, name: name ?? '', composesHtml: composeHtml !== false }]
        : [],
    );
}

/** The identity that a window's message is sent from now. */
export async function identityOfWindow(tabId: number): Promise<string | undefined> {
  return (await thunderbird.compose.getComposeDetails(tabId)).identityId;
}

/** The same identity as the proxy knows it, with all others, which tell this profile from others. */
type AskedIdentity = {
  readonly identity: Identity;
  readonly identities: Identity[];
};

/** @throws Error when Thunderbird has no such identity any more */
export async function askedIdentity(
  identityId: string,
): Promise<AskedIdentity & { readonly sending: SendingIdentity }> {
  const known = await sendingIdentities();
  const sending = known.find(({ id }) => id === identityId);
  if (sending === undefined) throw new Error(`There is no identity ${identityId} with an address`);
  const identities = known.map(({ id, address }) => ({ id, address }));
  return { identity: { id: sending.id, address: sending.address }, identities, sending };
}
