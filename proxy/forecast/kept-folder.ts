import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../error-message.ts';
import { prepareFolder } from '../state-folder.ts';
import { readWhole, replaceFile, UNFINISHED } from '../whole-file.ts';

export type KeptFolderOptions = {
  /** The state folder, and the folders in it that lead to the files. */
  readonly state: string;
  readonly within: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** A policy of 64 KB, or a chain of certificates in hex. */
const MAX_OCTETS = 512 * 1024;
/** By then whoever began to write a file has ended, in one way or the other. */
const LEFT_BEHIND_MS = 60 * 60 * 1000;
/** Before the name, so that none is one of those that Windows keeps for devices. */
const KEPT = '@';

/** A folder in the state folder with one file for each name. It is made when it is needed. */
export class KeptFolder {
  readonly path: string;
  /** About how many files there are: other processes write too. */
  count = 0;
  readonly #options: KeptFolderOptions;
  readonly #say: (fault: unknown) => void;
  #prepared: Promise<boolean> | undefined;

  /** @param say is told what keeps the folder from being made */
  constructor(options: KeptFolderOptions, say: (fault: unknown) => void) {
    this.path = path.join(options.state, ...options.within);
    this.#options = options;
    this.#say = say;
  }

  async isThere(): Promise<boolean> {
    return await stat(this.path).then(
      () => true,
      (error: unknown) => codeOf(error) !== 'ENOENT',
    );
  }

  /** Whether the folder is there, and nobody else can put a file of his into it. */
  async isUsable(): Promise<boolean> {
    this.#prepared ??= this.#prepare();
    return await this.#prepared;
  }

  /** For each write once: what kept the folder from being made may be over. */
  async tryAgain(): Promise<void> {
    if ((await this.#prepared) === false) this.#prepared = undefined;
  }

  /**
   * Replaces a file. Makes the folder once more where it is gone: a person may delete it at any time.
   *
   * @throws Error of the system
   */
  async put(name: string, text: string): Promise<void> {
    try {
      await replaceFile(this.path, KEPT + name, text);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#prepared = undefined;
      if (!(await this.isUsable())) throw error;
      await replaceFile(this.path, KEPT + name, text);
    }
  }

  /** @throws Error when something else has its place, or it is too large */
  async read(name: string): ReturnType<typeof readWhole> {
    return await readWhole(this.#fileOf(name), MAX_OCTETS);
  }

  async markUsed(name: string, at: number): Promise<void> {
    await utimes(this.#fileOf(name), at / 1000, at / 1000);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#fileOf(name), { force: true });
    this.count -= 1;
  }

  /** The names that there are. Clears away, too, what processes that were killed left behind. */
  async names(): Promise<readonly string[]> {
    const files = await readdir(this.path);
    for (const unfinished of files.filter((one) => one.startsWith(UNFINISHED))) {
      const file = path.join(this.path, unfinished);
      const written = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity, // it has come to its place meanwhile
      );
      if (this.#options.now() - written > LEFT_BEHIND_MS) await rm(file, { force: true });
    }
    const names = files.filter((one) => one.startsWith(KEPT)).map((one) => one.slice(KEPT.length));
    this.count = names.length;
    return names;
  }

  async #prepare(): Promise<boolean> {
    const { state, within } = this.#options;
    try {
      for (let depth = 0; depth <= within.length; depth += 1) {
        await prepareFolder(path.join(state, ...within.slice(0, depth)));
      }
      await this.names(); // for their count
      return true;
    } catch (error) {
      this.#say(error);
      return false;
    }
  }

  #fileOf(name: string): string {
    return path.join(this.path, KEPT + name);
  }
}
