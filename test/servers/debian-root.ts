import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  open,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  readdir,
  utimes,
} from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import envPaths from 'env-paths';
import { IN_NAMESPACES } from './namespaces.ts';

/** What one mail server needs of Debian. */
export type RootRecipe = {
  readonly name: string;
  readonly suite: 'bookworm' | 'forky';
  readonly packages: readonly string[];
};

/**
 * Makes the root. The script `sid` builds every suite that is in use, those that are younger
 * than this machine's debootstrap too.
 */
const BUILD_SCRIPT = `
debootstrap --variant=minbase --include="$4" "$1" "$2" "$3" /usr/share/debootstrap/scripts/sid
rm -rf "$2"/var/cache/apt/archives/*.deb "$2"/var/lib/apt/lists/*
`;

const BUILDING = 'building-';

const UNUSED_LIMIT_MS = 14 * 24 * 3_600_000;
const BUILD_LIMIT_MS = 3_600_000;

/**
 * The folder of a Debian root with these packages, built on first use and kept between runs.
 *
 * Mail servers exclude each other as packages and would replace this machine's own, so each
 * has its own root and none is installed here. Building needs root, debootstrap and a Debian
 * mirror, and takes about a minute.
 *
 * A root is built beside its place and moved there when it is whole: two runs at once may build
 * it twice, but neither ever sees half of one.
 */
export async function debianRoot(recipe: RootRecipe): Promise<string> {
  const cache = cacheFolder();
  const root = join(cache, rootName(recipe));
  if (await isFolder(root)) {
    const now = new Date();
    await utimes(root, now, now);
    return root;
  }

  await mkdir(cache, { recursive: true });
  await removeUnused(cache);
  const building = await mkdtemp(join(cache, `${BUILDING}${recipe.name}-`));
  try {
    const rootInBuilding = join(building, 'root');
    await build(recipe, rootInBuilding, join(building, 'log'));
    await rename(rootInBuilding, root);
  } catch (cause) {
    // The other run was quicker.
    if (!(await isFolder(root))) throw cause;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return root;
}

/** Whether the root is there, so that it will not take a minute. */
export async function hasDebianRoot(recipe: RootRecipe): Promise<boolean> {
  return await isFolder(join(cacheFolder(), rootName(recipe)));
}

/** Outside the checkout, where the platform keeps what can be made again. */
function cacheFolder(): string {
  return envPaths('requiretls-test', { suffix: '' }).cache;
}

/** A changed recipe or script makes another root; it never mends an old one. */
function rootName(recipe: RootRecipe): string {
  const made = JSON.stringify([recipe, BUILD_SCRIPT, process.arch]);
  return `${recipe.name}-${createHash('sha256').update(made).digest('hex').slice(0, 12)}`;
}

async function build(recipe: RootRecipe, root: string, logFile: string): Promise<void> {
  const mirror = await debianMirror();
  const [command, ...namespaces] = IN_NAMESPACES;
  const packages = recipe.packages.join(',');
  const log = await open(logFile, 'w');
  try {
    const builder = spawn(
      command,
      [...namespaces, 'sh', '-euc', BUILD_SCRIPT, 'sh', recipe.suite, root, mirror, packages],
      { stdio: ['ignore', log.fd, log.fd] },
    );
    const [status] = await once(builder, 'exit');
    if (status === 0) return;
  } finally {
    await log.close();
  }
  const lastLines = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-15);
  throw new Error(`debootstrap of ${recipe.name} from ${mirror} failed:\n${lastLines.join('\n')}`);
}

/** The mirror from which this machine gets its own packages. */
async function debianMirror(): Promise<string> {
  const format = '$(LABEL)|$(REPO_URI)';
  const { stdout } = await promisify(execFile)('apt-get', ['indextargets', '--format', format]);
  const targets = stdout.split('\n').map((line) => line.split('|'));
  const [, mirror] = targets.find(([label]) => label === 'Debian') ?? [];
  if (mirror === undefined) {
    throw new Error('apt knows no Debian mirror on this machine; apt-get update may help');
  }
  return mirror;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** Removes roots of old recipes, and what builds that were killed have left. */
async function removeUnused(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const limitMs = entry.startsWith(BUILDING) ? BUILD_LIMIT_MS : UNUSED_LIMIT_MS;
    const path = join(cache, entry);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > limitMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
