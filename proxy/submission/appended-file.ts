import type { FileHandle } from 'node:fs/promises';
import { prepareFolder } from '../state-folder.ts';
import { isCurrent, openCurrent, setAside } from './receipt-files.ts';
import { linesOf } from './receipt-reader.ts';
import { fileAgeMs, type ReceiptLimits } from './receipt-upkeep.ts';

/** What is not synced at once is synced after so long. */
const SYNC_LATER_MS = 1000;

/**
 * The file that lines are appended to, in single writes. One that is full or has become old is
 * set aside, and one that somebody removed is made anew.
 */
export class AppendedFile {
  readonly #folder: string;
  readonly #limits: ReceiptLimits;
  readonly #now: () => number;
  readonly #onFault: (error: unknown) => void;
  #handle: FileHandle;
  /** When its first line was written, and its last. */
  #begunAt: number;
  #lastAt: number;
  /** Where our last write ended. A file of another length may end in half a line. */
  #end = 0;
  #syncLater: NodeJS.Timeout | undefined;

  private constructor(current: Current, options: AppendedFileOptions) {
    this.#handle = current.handle;
    this.#begunAt = current.begunAt;
    this.#lastAt = current.lastAt;
    this.#folder = options.folder;
    this.#limits = options.limits;
    this.#now = options.now;
    this.#onFault = options.onFault;
  }

  /** @throws StateFolderUnfit */
  static async open(options: AppendedFileOptions): Promise<AppendedFile> {
    const file = new AppendedFile(await openIn(options), options);
    await file.#makeReady();
    return file;
  }

  /** Sets the file aside, whatever is in it, and begins another one. */
  async beginAnother(): Promise<void> {
    const { nlink } = await this.#handle.stat();
    if (nlink > 0 && (await isCurrent(this.#folder, this.#handle))) {
      await setAside(this.#folder, this.#lastAt);
    }
    await this.#openAnother();
  }

  /**
   * Appends lines, each with its LF, in one write.
   *
   * @param sync whether to come back only when they are on the disk
   * @returns whether another file was begun for them
   * @throws Error of the system; half a line may stand in the file then
   */
  async append(lines: readonly string[], sync: boolean): Promise<{ readonly begun: boolean }> {
    const { size, begun } = await this.#makeReady();
    // Behind half a line, ours after a full disk or another process's, a line would be lost.
    const fresh = size === this.#end ? '' : '\n';
    const block = Buffer.from(fresh + lines.join(''), 'utf8');
    const { bytesWritten } = await this.#handle.write(block);
    if (bytesWritten < block.length) {
      await this.#handle.write('\n'); // the system says why
      throw new Error('only a part could be written');
    }
    this.#end = size + block.length;
    this.#lastAt = this.#now();
    if (sync) await this.sync();
    else this.#syncLater ??= setTimeout(() => void this.#syncNow(), SYNC_LATER_MS).unref();
    return { begun };
  }

  async #makeReady(): Promise<{ readonly size: number; readonly begun: boolean }> {
    const { size, nlink } = await this.#handle.stat(); // not at once: a hung disk would hold us
    if (nlink > 0 && !this.#isFull(size)) return { size, begun: false };
    try {
      if (nlink > 0 && (await isCurrent(this.#folder, this.#handle))) {
        await setAside(this.#folder, this.#lastAt);
      }
      return { size: await this.#openAnother(), begun: true };
    } catch (error) {
      if (nlink === 0) throw error;
      this.#onFault(error); // the one at hand can still be written to
      return { size, begun: false };
    }
  }

  #isFull(size: number): boolean {
    const age = this.#now() - this.#begunAt;
    return size >= this.#limits.fileOctets || (size > 0 && age > fileAgeMs(this.#limits));
  }

  async #openAnother(): Promise<number> {
    const current = await openIn({ folder: this.#folder, now: this.#now });
    await this.close();
    this.#handle = current.handle;
    this.#begunAt = current.begunAt;
    this.#lastAt = current.lastAt;
    this.#end = 0;
    return (await this.#handle.stat()).size;
  }

  async sync(): Promise<void> {
    clearTimeout(this.#syncLater);
    this.#syncLater = undefined;
    await this.#handle.datasync();
  }

  async #syncNow(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.#onFault(error);
    }
  }

  async close(): Promise<void> {
    if (this.#syncLater !== undefined) await this.#syncNow();
    await this.#handle.close();
  }
}

export type AppendedFileOptions = {
  readonly folder: string;
  readonly limits: ReceiptLimits;
  readonly now: () => number;
  /** Hears of faults that stop nothing. */
  readonly onFault: (error: unknown) => void;
};

type Current = {
  readonly handle: FileHandle;
  readonly begunAt: number;
  readonly lastAt: number;
};

async function openIn({
  folder,
  now,
}: Pick<AppendedFileOptions, 'folder' | 'now'>): Promise<Current> {
  await prepareFolder(folder);
  const { handle, name, lastAt } = await openCurrent(folder);
  for await (const line of linesOf(name)) {
    if (line.kind === 'event') return { handle, lastAt, begunAt: Date.parse(line.event.time) };
  }
  return { handle, lastAt, begunAt: now() };
}
