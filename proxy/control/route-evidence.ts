import net from 'node:net';
import path from 'node:path';
import type { Endpoint } from '../../shared/control/outgoing-server.ts';
import {
  endpointsToTry,
  routeFrom,
  type Identity,
  type Listening,
  type Route,
} from '../../shared/control/route.ts';
import { within } from '../submission/deadline.ts';
import type { ListeningAccount } from './listening-account.ts';
import { MovedServers } from './moved-servers.ts';
import { ProfileReader, type ReadPreferences } from './profile-reader.ts';
import { hasAddOn, identitiesIn, outgoingServerOf } from './thunderbird-preferences.ts';

/** For all profiles; a home folder on a network may hang. */
const READING_MS = 1000;

/** Loopback answers at once; who takes longer may be there. */
const TRYING_MS = 500;

export type RouteEvidenceOptions = {
  /** What this process listens for, as it is when it is asked. */
  readonly accounts: () => readonly ListeningAccount[];
  /** Where profiles.ini may be (`profileFolders`). */
  readonly folders: readonly string[] | 'switched off';
  /** As the system's clock has it, which wrote the times of files. */
  readonly now?: () => number;
};

/**
 * Finds out where an identity's mail goes, from the preferences of the person's Thunderbirds. They
 * are read anew for each question: Thunderbird tells nobody when they change.
 */
export class RouteEvidence {
  readonly #accounts: () => readonly ListeningAccount[];
  readonly #reader: ProfileReader | undefined;
  readonly #now: () => number;
  readonly #moved = new MovedServers();

  constructor({ accounts, folders, now = Date.now }: RouteEvidenceOptions) {
    this.#accounts = accounts;
    this.#now = now;
    this.#reader = folders === 'switched off' ? undefined : new ProfileReader(folders);
  }

  /**
   * @param identities all that the asking Thunderbird has
   * @param origin     `moz-extension://…` of the asking extension: it tells the profile from all
   *   others but its own copies. Undefined for who asks from outside a Thunderbird
   */
  async routeOf(
    identity: Identity,
    identities: readonly Identity[],
    origin: string | undefined,
  ): Promise<Route> {
    if (this.#reader === undefined) return { kind: 'unknown', why: 'switched off' };
    const read = await inTime(this.#reader);
    if (read === undefined) return { kind: 'unknown', why: 'unreadable' };

    const asking = read.filter(
      (profile) =>
        profile.kind !== 'read' || origin === undefined || hasAddOn(profile.preferences, origin),
    );
    const profiles = asking.map((profile) => {
      if (profile.kind !== 'read') return profile;
      const { preferences, folder, changedMs } = profile;
      const server = outgoingServerOf(preferences, identity.id);
      const movedMs = this.#moved.movedMs(folder, server, changedMs);
      return {
        kind: 'read',
        profile: path.basename(folder),
        ageMs: this.#now() - changedMs,
        identities: identitiesIn(preferences),
        server,
        movedAgoMs: movedMs === undefined ? undefined : this.#now() - movedMs,
      } as const;
    });
    const facts = { identity, identities, profiles };
    const answered = await answering(endpointsToTry({ ...facts, listening: this.#listening() }));
    return routeFrom({ ...facts, listening: this.#listening(), answered });
  }

  #listening(): readonly Listening[] {
    return this.#accounts()
      .filter(({ listener }) => listener.isListening)
      .map(({ account, listener }) => ({
        account: account.name,
        address: account.listen.host.toLowerCase(),
        port: listener.port,
      }));
  }
}

/** @returns undefined when the folders do not answer */
async function inTime(reader: ProfileReader): Promise<readonly ReadPreferences[] | undefined> {
  try {
    return await within(READING_MS, 'answer of the profiles', reader.read());
  } catch {
    return undefined; // told as unreadable, which it is
  }
}

/** Those of the endpoints where somebody is, or may be. */
async function answering(endpoints: readonly Endpoint[]): Promise<readonly Endpoint[]> {
  const tried = await Promise.all(
    endpoints.map(async (endpoint) => ((await isFree(endpoint)) ? [] : [endpoint])),
  );
  return tried.flat();
}

/** Nobody listens, or there is no such address on this computer (no IPv6). */
const NOBODY = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EAFNOSUPPORT']);

function isFree({ address, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout: TRYING_MS });
    const told = (free: boolean) => {
      socket.destroy();
      resolve(free);
    };
    socket.once('connect', () => told(false));
    socket.once('timeout', () => told(false));
    socket.once('error', (error) => told('code' in error && NOBODY.has(String(error.code))));
  });
}
