import { lstat } from 'node:fs/promises';
import { platform } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { canBeReplaced } from './replaceable-file.ts';
import { parsePreferences, type Preferences } from './thunderbird-preferences.ts';
import { findProfiles } from './thunderbird-profiles.ts';
import { isAbsence, readUnchanged } from './unchanged-file.ts';

/** The preferences of one profile. */
export type ReadPreferences =
  | {
      readonly kind: 'read';
      readonly folder: string;
      readonly preferences: Preferences;
      /** Milliseconds since 1970. */
      readonly changedMs: number;
    }
  | { readonly kind: 'changing' | 'unreadable' };

const PREFERENCES_OCTETS = 8 * 1024 * 1024;

/**
 * Reads the preferences of all profiles, one file at a time and one reading at a time: the system
 * has four hands for files, which receipts need too, and a folder that hangs must not take more
 * than one.
 */
export class ProfileReader {
  readonly #thunderbirds: readonly string[];
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Promise<readonly ReadPreferences[]> | undefined;

  /** @param thunderbirds the folders where profiles.ini may be */
  constructor(thunderbirds: readonly string[]) {
    this.#thunderbirds = thunderbirds;
  }

  /** All that is there from now on: a reading that has begun may have passed a file already. */
  read(): Promise<readonly ReadPreferences[]> {
    if (this.#waiting !== undefined) return this.#waiting;
    const reading = this.#last.then(() => {
      this.#waiting = undefined;
      return this.#readAll();
    });
    this.#waiting = reading;
    this.#last = reading.catch(() => undefined); // whoever waits for it hears of it
    return reading;
  }

  async #readAll(): Promise<readonly ReadPreferences[]> {
    const { folders, others } = await findProfiles(this.#thunderbirds, platform());
    const profiles: ReadPreferences[] = others === 'none' ? [] : [{ kind: others }];
    for (const folder of folders) {
      if (await isSurelyUnused(folder)) continue;
      const profile = await readPreferences(folder);
      if (profile !== undefined) profiles.push(profile);
    }
    return profiles;
  }
}

/**
 * Whether no Thunderbird runs with a profile, so that it is not the asking one: a forgotten copy, or
 * the original of one that was started from another folder. On Linux Thunderbird keeps a symbolic
 * link `lock` in the folder while it runs, and leaves it there when it is killed (153; look again
 * 2027-06). Where a file system has no such links, no profile is found.
 */
async function isSurelyUnused(folder: string): Promise<boolean> {
  if (platform() !== 'linux') return false;
  try {
    await lstat(path.join(folder, 'lock'));
    return false;
  } catch (error) {
    return isAbsence(error);
  }
}

/** @returns undefined for a profile that has none: nobody has used it */
async function readPreferences(folder: string): Promise<ReadPreferences | undefined> {
  const name = path.join(folder, 'prefs.js');
  const file = await readUnchanged(name, PREFERENCES_OCTETS);
  if (file.kind === 'absent') return undefined;
  if (file.kind !== 'read') return { kind: file.kind };

  // One character for each octet: so Thunderbird shows addresses to add-ons (153; look again 2027-06).
  const preferences = parsePreferences(file.octets.toString('latin1'));
  if (preferences === undefined) return { kind: 'unreadable' };
  // What the person chose since could not be written down.
  if (!isOwn(file.uid) || !(await canBeReplaced(name, file.octets.length))) {
    return { kind: 'unreadable' };
  }
  return { kind: 'read', folder, preferences, changedMs: file.changedMs };
}

/**
 * In a file of another user, as a run as root leaves it, Thunderbird writes down no change. The
 * system is asked for the number alone: a user's name may have to come from a network.
 */
function isOwn(uid: number): boolean {
  const ownUid = process.getuid?.(); // Windows has none
  return ownUid === undefined || uid === ownUid;
}
