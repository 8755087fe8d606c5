import { access, constants, readFile, realpath, statfs } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../error-message.ts';

/**
 * Whether another program of this user can put a new file in the place of one that it keeps: it
 * writes the new one beside the old, and renames it. Where it cannot, the old one may have been
 * true once.
 *
 * This process may be shut out of writing where the other one is not: systemd's `ProtectHome` makes
 * a mount read-only for us alone. Then it counts whether the file system under it takes writes.
 * A mount that is read-only for the other program too (in a container of the person's) is not told
 * apart from that.
 */
export async function canBeReplaced(name: string, sizeOctets: number): Promise<boolean> {
  try {
    const folder = path.dirname(await realpath(name));
    if (!(await isWritable(folder))) return false;
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize > 2 * sizeOctets;
  } catch {
    return false; // and so told
  }
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EROFS') throw error;
    return takesWrites(await readFile('/proc/self/mountinfo', 'latin1'), folder);
  }
}

/**
 * Says whether the file system under a folder is mounted for writing, whatever a mount allows.
 *
 * @param mountinfo as in proc_pid_mountinfo(5): the last field has the options of the file system
 * @param folder absolute, without symbolic links
 */
export function takesWrites(mountinfo: string, folder: string): boolean {
  const octets = Buffer.from(folder).toString('latin1');
  let under: { readonly at: string; readonly options: string } | undefined;
  for (const line of mountinfo.split('\n')) {
    const [mount = '', fileSystem = ''] = line.split(' - ');
    const at = mount.split(' ')[4]?.replace(/\\([0-7]{3})/g, unescaped);
    const options = fileSystem.split(' ')[2];
    if (at === undefined || options === undefined || !isWithin(octets, at)) continue;
    // Of two at one place the later one covers the earlier.
    if (under === undefined || at.length >= under.at.length) under = { at, options };
  }
  return under !== undefined && under.options.split(',').includes('rw');
}

function unescaped(_written: string, octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8));
}

function isWithin(folder: string, mountPoint: string): boolean {
  return folder === mountPoint || folder.startsWith(mountPoint.replace(/\/*$/, '/'));
}
