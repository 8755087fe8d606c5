import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { codeOf } from '../error-message.ts';
import { prepareFolder, StateFolderUnfit } from '../state-folder.ts';
import { readWhole, replaceFile, UNFINISHED } from '../whole-file.ts';

type KeptFilesOptions<Content> = {
  /** The state folder, and the folders in it that lead to these files. */
  readonly state: string;
  readonly within: readonly string[];
  readonly schema: v.GenericSchema<unknown, Content>;
  /** How many are kept. */
  readonly limit: number;
  /** What has the least goes first when there are more; of equals what was not used for longest. */
  readonly worth: (content: Content) => number;
  /** What tells nobody anything any more, and is removed. */
  readonly isOver: (content: Content) => boolean;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
};

/** A policy of 64 KB, or a chain of certificates in hex. */
const MAX_OCTETS = 512 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
/** By then whoever began to write a file has ended, in one way or the other. */
const LEFT_BEHIND_MS = 60 * 60 * 1000;
/** So many are held by a process that cannot write them. */
const MAX_UNWRITTEN = 500;

/** A domain or a host as it is written here; what could lead out of the folder is none. */
const DOMAIN_NAME = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
/** Before the name, so that none is one of those that Windows keeps for devices. */
const KEPT = '@';

/** One folder is as good as the other: what is said of one is not said again of the next. */
const saidTo = new WeakSet<Logger>();

/**
 * What several processes know together about domains or hosts: one small file for each in the
 * state folder, replaced as a whole. Nothing is made before there is something to keep, and what is
 * over is removed once a day: the names of the files tell whom a person writes to.
 *
 * Where it cannot be written it is held in memory, and the log says so once. Each write tries anew.
 */
export class KeptFiles<Content> {
  readonly #options: KeptFilesOptions<Content>;
  readonly #folder: string;
  readonly #unwritten = new Map<string, Content>();
  #prepared: Promise<boolean> | undefined;
  #sweptAt: number | undefined;
  /** About how many there are: other processes write too. */
  #count = 0;

  constructor(options: KeptFilesOptions<Content>) {
    this.#options = options;
    this.#folder = path.join(options.state, ...options.within);
  }

  async read(name: string): Promise<Content | undefined> {
    if (!DOMAIN_NAME.test(name)) return undefined;
    const held = this.#unwritten.get(name);
    if (held !== undefined) return held;
    if (!(await this.tidy())) return undefined;
    const found = await this.#found(KEPT + name);
    if (found === undefined) return undefined;
    await this.#markUsed(KEPT + name, found.usedAt);
    return found.content;
  }

  /**
   * Puts a content in the place of the former one. Of two processes that do so in the same
   * milliseconds the older content may stay: it was true just before as well.
   *
   * @param replaces whether it may be put in the place of this one
   */
  async write(
    name: string,
    content: Content,
    replaces: (former: Content) => boolean,
  ): Promise<void> {
    if (!DOMAIN_NAME.test(name)) return;
    // What kept the folder from being made may be over: it is tried again, once for each write.
    if ((await this.#prepared) === false) this.#prepared = undefined;
    const former = await this.read(name);
    if (former !== undefined && !replaces(former)) return;
    this.#unwritten.delete(name);
    if (!(await this.#isUsable())) return this.#hold(name, content);
    try {
      await this.#put(KEPT + name, `${JSON.stringify(content)}\n`);
      if (former === undefined) this.#count += 1;
      await this.#sweep();
      if (this.#count > this.#options.limit) await this.#makeRoom();
    } catch (error) {
      this.#say(error);
      this.#hold(name, content);
    }
  }

  /**
   * Has what is over removed, as whoever reads or writes does.
   *
   * @returns whether there are files that can be read
   */
  async tidy(): Promise<boolean> {
    if (!(await this.#isThere()) || !(await this.#isUsable())) return false;
    // Not waited for: thousands of files take a while, and nothing depends on it.
    void this.#sweep().catch((error: unknown) => this.#say(error));
    return true;
  }

  /** Makes the folder once more where it is gone: a person may delete it at any time. */
  async #put(fileName: string, text: string): Promise<void> {
    try {
      await replaceFile(this.#folder, fileName, text);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      this.#prepared = undefined;
      if (!(await this.#isUsable())) throw error;
      await replaceFile(this.#folder, fileName, text);
    }
  }

  #hold(name: string, content: Content): void {
    this.#unwritten.set(name, content);
    const [longest] = this.#unwritten.keys();
    if (this.#unwritten.size > MAX_UNWRITTEN && longest !== undefined) {
      this.#unwritten.delete(longest);
    }
  }

  #say(error: unknown): void {
    const { log } = this.#options;
    if (saidTo.has(log)) return;
    saidTo.add(log);
    log.warn({ event: 'forecasts not kept', folder: this.#folder, why: whyOf(error) });
  }

  async #isThere(): Promise<boolean> {
    return await stat(this.#folder).then(
      () => true,
      (error: unknown) => codeOf(error) !== 'ENOENT',
    );
  }

  /** Whether the folder is there, and nobody else can put a file of his into it. */
  async #isUsable(): Promise<boolean> {
    this.#prepared ??= this.#prepare();
    return await this.#prepared;
  }

  async #prepare(): Promise<boolean> {
    const { state, within } = this.#options;
    try {
      for (let depth = 0; depth <= within.length; depth += 1) {
        await prepareFolder(path.join(state, ...within.slice(0, depth)));
      }
      this.#count = (await this.#keptNames()).length;
      return true;
    } catch (error) {
      this.#say(error);
      return false;
    }
  }

  /** Clears away, too, what processes that were killed left behind. */
  async #keptNames(): Promise<readonly string[]> {
    const names = await readdir(this.#folder);
    for (const name of names.filter((one) => one.startsWith(UNFINISHED))) {
      const file = path.join(this.#folder, name);
      const written = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity, // it has come to its place meanwhile
      );
      if (this.#options.now() - written > LEFT_BEHIND_MS) await rm(file, { force: true });
    }
    return names.filter((name) => name.startsWith(KEPT));
  }

  /** Undefined for a file that is not there, or not as this program writes it. */
  async #found(fileName: string) {
    try {
      const file = await readWhole(path.join(this.#folder, fileName), MAX_OCTETS);
      if (file === undefined) return undefined;
      const content = v.parse(this.#options.schema, JSON.parse(file.text));
      return { content, usedAt: file.writtenAt };
    } catch (error) {
      this.#options.log.debug({ event: 'kept file unread', why: whyOf(error) });
      return undefined;
    }
  }

  /** The time of a file says, to the day, when it was last of use. */
  async #markUsed(fileName: string, usedAt: number): Promise<void> {
    const now = this.#options.now();
    if (Math.abs(now - usedAt) < DAY_MS) return;
    const file = path.join(this.#folder, fileName);
    await utimes(file, now / 1000, now / 1000).catch((error: unknown) => this.#say(error));
  }

  async #sweep(): Promise<void> {
    const now = this.#options.now();
    if (this.#sweptAt !== undefined && Math.abs(now - this.#sweptAt) < DAY_MS) return;
    this.#sweptAt = now;
    const names = await this.#keptNames();
    this.#count = names.length;
    for (const name of names) {
      const found = await this.#found(name);
      if (found === undefined || !this.#options.isOver(found.content)) continue;
      await rm(path.join(this.#folder, name), { force: true });
      this.#count -= 1;
    }
  }

  /** Drops a tenth more than it has to, so that this is not done at every write. */
  async #makeRoom(): Promise<void> {
    const names = await this.#keptNames();
    const { limit, worth } = this.#options;
    this.#count = names.length;
    if (names.length <= limit) return;

    const ranked: { readonly name: string; readonly worth: number; readonly usedAt: number }[] = [];
    for (const name of names) {
      const found = await this.#found(name);
      const { usedAt = 0 } = found ?? {};
      ranked.push({ name, worth: found === undefined ? -1 : worth(found.content), usedAt });
    }
    ranked.sort((one, other) => one.worth - other.worth || one.usedAt - other.usedAt);
    const dropped = ranked.slice(0, names.length - Math.floor(limit * 0.9));
    for (const { name } of dropped) await rm(path.join(this.#folder, name), { force: true });
    this.#count -= dropped.length;
  }
}

/** What the system says has the name of the file in it, which is that of a domain. */
function whyOf(error: unknown): string {
  if (error instanceof StateFolderUnfit) return error.message;
  return codeOf(error) === '' ? 'it is not as it was written' : codeOf(error);
}
