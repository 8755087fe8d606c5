import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Edit } from './protection.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** What the quick tests read. */
const COPIED = [
  'proxy',
  'shared',
  'extension',
  'test',
  'package.json',
  'tsconfig.json',
  'README.md',
];

/** A copy of the project in which files may be changed. */
export type CopiedTree = {
  readonly folder: string;
  /**
   * Changes texts for as long as `act` runs.
   *
   * @throws Error when one does not stand in its file, or stands there twice: a mutant that is
   *   none would pass for a protection that nobody tests
   */
  readonly changed: <Result>(edits: readonly Edit[], act: () => Promise<Result>) => Promise<Result>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Copies the project as it stands; the packages are shared with it. */
export async function copiedTree(): Promise<CopiedTree> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-mutants-'));
  for (const name of COPIED) {
    await cp(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    changed: async (edits, act) => {
      const originals = new Map<string, string>();
      try {
        for (const { file, from, to } of edits) {
          const path = join(folder, file);
          const text = await readFile(path, 'utf8');
          if (!originals.has(path)) originals.set(path, text);
          await writeFile(path, replacedOnce(text, from, to, file));
        }
        return await act();
      } finally {
        for (const [path, text] of originals) await writeFile(path, text);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function replacedOnce(text: string, from: string, to: string, file: string): string {
  const pieces = text.split(from);
  if (pieces.length !== 2) {
    throw new Error(`${file} has this ${pieces.length - 1} times, and not once:\n${from}`);
  }
  return pieces.join(to);
}
