import path from 'node:path';
import { parse } from 'ini';
import { readUnchanged } from './unchanged-file.ts';

/** A computer and a person on it, as the system names them. */
export type Home = {
  /** `process.platform` */
  readonly platform: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

const FLATPAKS = ['org.mozilla.Thunderbird', 'net.thunderbird.Thunderbird'];

/**
 * The folders in which a Thunderbird may keep its profiles.ini; most of them do not exist. Those of
 * Linux were tried with a real Thunderbird, those of snap, flatpak, macOS and Windows were not.
 */
export function profileFolders({ platform, home, environment }: Home): readonly string[] {
  const paths = pathsOf(platform);
  const join = (...parts: readonly string[]) => paths.join(...parts);
  if (platform === 'win32') {
    return [join(environment['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Thunderbird')];
  }
  if (platform === 'darwin') return [join(home, 'Library', 'Thunderbird')];

  const flatpaks = FLATPAKS.map((id) => join(home, '.var', 'app', id));
  return [
    join(home, '.thunderbird'),
    join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'thunderbird'),
    join(home, 'snap', 'thunderbird', 'common', '.thunderbird'),
    ...flatpaks.map((flatpak) => join(flatpak, '.thunderbird')),
    ...flatpaks.map((flatpak) => join(flatpak, 'config', 'thunderbird')),
  ];
}

function pathsOf(platform: string): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

/**
 * Reads which profiles a profiles.ini names, in use or not.
 *
 * @param ini its text
 * @param folder where it stands
 * @returns the profiles' folders; undefined for one that is named in a way that nobody but
 * Thunderbird understands, such as an alias of macOS
 */
export function profilesNamedIn(
  ini: string,
  folder: string,
  platform: string,
): readonly (string | undefined)[] {
  const paths = pathsOf(platform);
  return sectionsOf(ini).map((section) => {
    const named = String(section['Path']);
    if (section['IsRelative'] === '1') return paths.join(folder, named);
    return paths.isAbsolute(named) ? paths.normalize(named) : undefined;
  });
}

function sectionsOf(ini: string): readonly Readonly<Record<string, unknown>>[] {
  // To Thunderbird these three are characters like others, once a line has begun.
  const sections: Readonly<Record<string, unknown>> = parse(ini.replace(/[\\;#]/g, '\\$&'));
  return Object.entries(sections)
    .filter(([name]) => /^Profile\d+$/.test(name))
    .map(([, section]) => section)
    .filter((section): section is Record<string, unknown> => {
      return typeof section === 'object' && section !== null && 'Path' in section;
    });
}

function textOf(octets: Buffer): string {
  return octets.toString('utf8').replace(/^\ufeff/, '');
}

/** The profiles on a computer, as far as their folders can be told. */
export type FoundProfiles = {
  readonly folders: readonly string[];
  /** Whether there are others that could not be found out. */
  readonly others: 'none' | 'changing' | 'unreadable';
};

const INI_OCTETS = 256 * 1024;
const MAX_PROFILES = 100;

/**
 * Finds the profiles of all Thunderbirds that a person may have. What is not there is left out; what
 * is there and cannot be read is told, since it could be the profile in question.
 */
export async function findProfiles(
  thunderbirds: readonly string[],
  platform: string,
): Promise<FoundProfiles> {
  const folders = new Set<string>();
  let others: FoundProfiles['others'] = 'none';
  for (const thunderbird of thunderbirds) {
    const ini = await readUnchanged(
      pathsOf(platform).join(thunderbird, 'profiles.ini'),
      INI_OCTETS,
    );
    if (ini.kind === 'absent') continue;
    if (ini.kind !== 'read') {
      others = ini.kind;
      continue;
    }
    for (const folder of profilesNamedIn(textOf(ini.octets), thunderbird, platform)) {
      if (folder === undefined || folders.size === MAX_PROFILES) others = 'unreadable';
      else folders.add(folder);
    }
  }
  return { folders: [...folders], others };
}
