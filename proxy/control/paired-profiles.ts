import { prepareFolder } from '../state-folder.ts';
import {
  MAX_PAIRINGS,
  newKeyFile,
  readKeyFile,
  writeKeyFile,
  type KeyFile,
  type PairedProfile,
} from './key-file.ts';

/** By this name the commands on this computer ask, with a key that lies in the state folder. */
export const COMMAND_LINE = 'command-line';

/** Who may ask: a paired profile, a command on this computer, or a page in a browser. */
export type Asker = {
  readonly kind: 'profile' | 'command line' | 'page';
  readonly pairing: string;
  readonly key: Uint8Array;
  /** What a browser says of where the question comes from; undefined outside one. */
  readonly origin: string | undefined;
};

/**
 * The profiles of mail programs that are paired with the proxies of a state folder.
 *
 * The file is read for each question: a pairing that was removed, by whatever proxy, is gone at
 * once.
 */
export class PairedProfiles {
  /** The key of the commands on this computer. */
  readonly commandLineKey: Uint8Array;
  readonly #folder: string;
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, commandLineKey: Uint8Array) {
    this.#folder = folder;
    this.commandLineKey = commandLineKey;
  }

  /**
   * Opens those of a state folder, and makes the key of the commands where there is none.
   *
   * @throws StateFolderUnfit with a sentence that says what helps
   */
  static async open(folder: string): Promise<PairedProfiles> {
    await prepareFolder(folder);
    const found = await readKeyFile(folder);
    const content = found ?? newKeyFile();
    if (found === undefined) await writeKeyFile(folder, content);
    return new PairedProfiles(folder, content.commandLine);
  }

  async all(): Promise<readonly PairedProfile[]> {
    return (await readKeyFile(this.#folder))?.pairings ?? [];
  }

  async asker(pairing: string): Promise<Asker | undefined> {
    const content = await readKeyFile(this.#folder);
    if (content === undefined) return undefined;
    if (pairing === COMMAND_LINE) {
      return { kind: 'command line', pairing, key: content.commandLine, origin: undefined };
    }
    const profile = content.pairings.find((one) => one.pairing === pairing);
    return profile && { kind: 'profile', pairing, key: profile.key, origin: profile.origin };
  }

  /**
   * Keeps a pairing, in the place of the one that the same extension had before.
   *
   * @throws Error when there are too many
   */
  async add(profile: PairedProfile): Promise<void> {
    await this.#change((pairings) => {
      const others = pairings.filter(
        ({ origin }) => origin === undefined || origin !== profile.origin,
      );
      if (others.length >= MAX_PAIRINGS) throw new Error('there are too many pairings');
      return [...others, profile];
    });
  }

  /** @returns whether there was one to remove */
  async remove(pairing: string): Promise<boolean> {
    let isThere = false;
    await this.#change((pairings) => {
      isThere = pairings.some((one) => one.pairing === pairing);
      return pairings.filter((one) => one.pairing !== pairing);
    });
    return isThere;
  }

  /** One after the other, each on what the file says then. */
  async #change(changed: (pairings: KeyFile['pairings']) => KeyFile['pairings']): Promise<void> {
    const before = this.#lastChange;
    const change = async () => {
      await before;
      const content = (await readKeyFile(this.#folder)) ?? newKeyFile();
      await writeKeyFile(this.#folder, { ...content, pairings: changed(content.pairings) });
    };
    const changing = change();
    this.#lastChange = changing.catch(() => undefined);
    await changing;
  }
}
