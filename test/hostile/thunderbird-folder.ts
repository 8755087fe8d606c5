import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Identity } from '../../shared/control/route.ts';

export const ALICE: Identity = { id: 'id1', address: 'alice@sender.example' };
export const WORK: Identity = { id: 'id2', address: 'alice@work.example' };

/** The folder where a Thunderbird keeps its profiles. */
export type ThunderbirdFolder = AsyncDisposable & {
  readonly folder: string;
  /** Lists a profile that runs, with its preferences, and says where it is. */
  addProfile(name: string, preferences: string): Promise<string>;
};

export async function thunderbirdFolder(): Promise<ThunderbirdFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-profiles-'));
  const names: string[] = [];
  return {
    folder,
    async addProfile(name, preferences) {
      const profile = path.join(folder, name);
      await mkdir(profile);
      await symlink('127.0.0.1:+1', path.join(profile, 'lock'));
      await writePreferences(profile, preferences);
      names.push(name);
      const sections = names.map(
        (listed, at) => `[Profile${at}]\nName=${listed}\nIsRelative=1\nPath=${listed}\n`,
      );
      await writeFile(path.join(folder, 'profiles.ini'), sections.join('\n'));
      return profile;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** As Thunderbird does: beside the old file, and in its place then. */
export async function writePreferences(profile: string, preferences: string): Promise<void> {
  const beside = path.join(profile, 'prefs-1.js');
  await writeFile(beside, preferences, { mode: 0o600 });
  await rename(beside, path.join(profile, 'prefs.js'));
}

/** The preferences of a profile whose only server is this one. */
export function preferencesWith(
  server: { readonly host?: string; readonly port: number },
  identities: readonly Identity[] = [ALICE, WORK],
): string {
  const preferences: Readonly<Record<string, string | number>> = {
    ...Object.fromEntries(
      identities.map(({ id, address }) => [`mail.identity.${id}.useremail`, address]),
    ),
    'mail.smtpserver.smtp1.hostname': server.host ?? '127.0.0.1',
    'mail.smtpserver.smtp1.port': server.port,
    'mail.smtpservers': 'smtp1',
  };
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
  );
  return `// Mozilla User Preferences\n\n${lines.join('')}`;
}
