import type { Logger } from 'pino';
import * as v from 'valibot';
import { codeOf } from '../error-message.ts';
import { StateFolderUnfit } from '../state-folder.ts';
import { KeptFolder, type KeptFolderOptions } from './kept-folder.ts';

type KeptFilesOptions<Content> = KeptFolderOptions & {
  readonly schema: v.GenericSchema<unknown, Content>;
  /** How many are kept. */
  readonly limit: number;
  /** What has the least goes first when there are more; of equals what was not used for longest. */
  readonly worth: (content: Content) => number;
  /** What tells nobody anything any more, and is removed. */
  readonly isOver: (content: Content) => boolean;
  readonly log: Logger;
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** So many are held by a process that cannot write them. */
const MAX_UNWRITTEN = 500;

/** What cannot be written yet, and what it may take the place of. */
type Held<Content> = {
  readonly content: Content;
  readonly replaces: (former: Content) => boolean;
};

/** A domain or a host as it is written here; what could lead out of the folder is none. */
const DOMAIN_NAME = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** One folder is as good as the other: what is said of one is not said again of the next. */
const saidTo = new WeakSet<Logger>();

/**
 * What several processes know together about domains or hosts: one small file for each in the
 * state folder, replaced as a whole. Nothing is made before there is something to keep, and what is
 * over is removed once a day: the names of the files tell whom a person writes to.
 *
 * Where it cannot be written it is held in memory, and the log says so once. Each write tries anew,
 * and takes with it what is held.
 */
export class KeptFiles<Content> {
  readonly #options: KeptFilesOptions<Content>;
  readonly #folder: KeptFolder;
  readonly #unwritten = new Map<string, Held<Content>>();
  #sweptAt: number | undefined;

  constructor(options: KeptFilesOptions<Content>) {
    this.#options = options;
    this.#folder = new KeptFolder(options, (error) => this.#say(error));
  }

  async read(name: string): Promise<Content | undefined> {
    if (!DOMAIN_NAME.test(name)) return undefined;
    const held = this.#unwritten.get(name);
    if (held !== undefined) return held.content;
    if (!(await this.tidy())) return undefined;
    const found = await this.#found(name);
    if (found === undefined) return undefined;
    await this.#markUsed(name, found.usedAt);
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
    await this.#folder.tryAgain();
    const former = await this.read(name);
    if (former !== undefined && !replaces(former)) return;
    const isKept = await this.#keep(name, { content, replaces }, former === undefined);
    if (isKept) await this.#keepHeld();
  }

  /** @returns whether it is on the disk now; else it is held */
  async #keep(name: string, held: Held<Content>, isNew: boolean): Promise<boolean> {
    try {
      if (!(await this.#folder.isUsable())) return this.#hold(name, held);
      await this.#folder.put(name, `${JSON.stringify(held.content)}\n`);
      this.#unwritten.delete(name);
      if (isNew) this.#folder.count += 1;
      await this.#sweep();
      if (this.#folder.count > this.#options.limit) await this.#makeRoom();
      return true;
    } catch (error) {
      this.#say(error);
      return this.#hold(name, held);
    }
  }

  /** Writes what could not be written before; what still cannot be waits behind the others. */
  async #keepHeld(): Promise<void> {
    for (const [name, held] of this.#unwritten) {
      const former = await this.#found(name);
      const isOld = former !== undefined && !held.replaces(former.content);
      if (isOld) this.#unwritten.delete(name);
      else if (!(await this.#keep(name, held, former === undefined))) return;
    }
  }

  /**
   * Has what is over removed, as whoever reads or writes does.
   *
   * @returns whether there are files that can be read
   */
  async tidy(): Promise<boolean> {
    if (!(await this.#folder.isThere()) || !(await this.#folder.isUsable())) return false;
    // Not waited for: thousands of files take a while, and nothing depends on it.
    void this.#sweep().catch((error: unknown) => this.#say(error));
    return true;
  }

  #hold(name: string, held: Held<Content>): false {
    this.#unwritten.delete(name);
    this.#unwritten.set(name, held);
    const [longest] = this.#unwritten.keys();
    if (this.#unwritten.size > MAX_UNWRITTEN && longest !== undefined) {
      this.#unwritten.delete(longest);
    }
    return false;
  }

  #say(error: unknown): void {
    const { log } = this.#options;
    if (saidTo.has(log)) return;
    saidTo.add(log);
    log.warn({ event: 'forecasts not kept', folder: this.#folder.path, why: whyOf(error) });
  }

  /** Undefined for a file that is not there, or not as this program writes it. */
  async #found(name: string) {
    try {
      const file = await this.#folder.read(name);
      if (file === undefined) return undefined;
      const content = v.parse(this.#options.schema, JSON.parse(file.text));
      return { content, usedAt: file.writtenAt };
    } catch (error) {
      this.#options.log.debug({ event: 'kept file unread', why: whyOf(error) });
      return undefined;
    }
  }

  /** The time of a file says, to the day, when it was last of use. */
  async #markUsed(name: string, usedAt: number): Promise<void> {
    const now = this.#options.now();
    if (Math.abs(now - usedAt) < DAY_MS) return;
    await this.#folder.markUsed(name, now).catch((error: unknown) => this.#say(error));
  }

  async #sweep(): Promise<void> {
    const now = this.#options.now();
    if (this.#sweptAt !== undefined && Math.abs(now - this.#sweptAt) < DAY_MS) return;
    this.#sweptAt = now;
    for (const name of await this.#folder.names()) {
      const found = await this.#found(name);
      if (found !== undefined && this.#options.isOver(found.content)) {
        await this.#folder.remove(name);
      }
    }
  }

  /** Drops a tenth more than it has to, so that this is not done at every write. */
  async #makeRoom(): Promise<void> {
    const names = await this.#folder.names();
    const { limit, worth } = this.#options;
    if (names.length <= limit) return;

    const ranked: { readonly name: string; readonly worth: number; readonly usedAt: number }[] = [];
    for (const name of names) {
      const found = await this.#found(name);
      const { usedAt = 0 } = found ?? {};
      ranked.push({ name, worth: found === undefined ? -1 : worth(found.content), usedAt });
    }
    ranked.sort((one, other) => one.worth - other.worth || one.usedAt - other.usedAt);
    const dropped = ranked.slice(0, names.length - Math.floor(limit * 0.9));
    for (const { name } of dropped) await this.#folder.remove(name);
  }
}

/** What the system says has the name of the file in it, which is that of a domain. */
function whyOf(error: unknown): string {
  if (error instanceof StateFolderUnfit) return error.message;
  return codeOf(error) === '' ? 'it is not as it was written' : codeOf(error);
}
