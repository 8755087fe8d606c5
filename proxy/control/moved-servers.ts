import type { OutgoingServer } from '../../shared/control/outgoing-server.ts';

/** More than any person has; of more, the longest known are forgotten. */
const MAX_SERVERS = 1000;

type Known = { readonly at: string; readonly movedMs: number | undefined };

/**
 * Remembers where the outgoing servers of profiles were, so that it can be told when one of them
 * was given another address: Thunderbird may still hold a connection to the old one.
 */
export class MovedServers {
  readonly #known = new Map<string, Known>();

  /**
   * When a server got the address that it has; undefined when it had no other, as far as was seen.
   *
   * @param folder    of the profile
   * @param changedMs when the preferences were last written; it cannot have moved later
   */
  movedMs(folder: string, server: OutgoingServer, changedMs: number): number | undefined {
    if (server.kind !== 'smtp') return undefined;
    const name = `${folder} ${server.key}`;
    const at = `${server.host} ${server.port}`;
    const known = this.#known.get(name);
    if (known?.at === at) return known.movedMs;

    const movedMs = known === undefined ? undefined : changedMs;
    this.#known.delete(name);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_SERVERS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(name, { at, movedMs });
    return movedMs;
  }
}
