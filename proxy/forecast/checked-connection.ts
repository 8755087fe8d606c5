import type net from 'node:net';
import { connectTcp } from '../submission/tcp-connection.ts';
import { isPublicAddress } from './special-addresses.ts';

/** None of the addresses may be connected to; `isSpecial` where there are any. */
export class NoPublicAddress extends Error {
  override readonly name = 'NoPublicAddress';
  readonly isSpecial: boolean;

  constructor(isSpecial: boolean) {
    super(isSpecial ? 'its address is none of the public Internet' : 'it has no address');
    this.isSpecial = isSpecial;
  }
}

export type CheckedPlace = {
  /** As the DNS gave them. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly allowSpecialAddresses: boolean;
};

/** As many as are tried; a quarter of a second lies between two. */
const MAX_ADDRESSES = 8;

/**
 * Connects to one of the addresses that were checked, and to nothing else: no name is looked up
 * between the check and the connection, when the DNS could give another answer (rebinding).
 *
 * @param signal ends all attempts
 * @throws NoPublicAddress; Error with `code`, the most telling one of all attempts
 */
export async function connectChecked(
  place: CheckedPlace,
  signal: AbortSignal,
): Promise<net.Socket> {
  const { addresses, port, allowSpecialAddresses } = place;
  const checked = addresses.filter((one) => allowSpecialAddresses || isPublicAddress(one));
  if (checked.length === 0) throw new NoPublicAddress(addresses.length > 0);

  // Without a name: nothing can be looked up but what is handed over.
  const socket = await connectTcp({ host: '', port }, signal, () =>
    Promise.resolve(checked.slice(0, MAX_ADDRESSES)),
  );
  const end = () => socket.destroy();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', end));
  return socket;
}
