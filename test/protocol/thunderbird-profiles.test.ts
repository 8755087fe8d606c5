import { expect, test } from 'vitest';
import { profileFolders, profilesNamedIn } from '../../proxy/control/thunderbird-profiles.ts';

test.each([
  [
    'Linux',
    { platform: 'linux', home: '/home/ada', environment: {} },
    [
      '/home/ada/.thunderbird',
      '/home/ada/.config/thunderbird',
      '/home/ada/snap/thunderbird/common/.thunderbird',
      '/home/ada/.var/app/org.mozilla.Thunderbird/.thunderbird',
      '/home/ada/.var/app/net.thunderbird.Thunderbird/.thunderbird',
      '/home/ada/.var/app/org.mozilla.Thunderbird/config/thunderbird',
      '/home/ada/.var/app/net.thunderbird.Thunderbird/config/thunderbird',
    ],
  ],
  [
    'macOS',
    { platform: 'darwin', home: '/Users/ada', environment: { XDG_CONFIG_HOME: '/x' } },
    ['/Users/ada/Library/Thunderbird'],
  ],
  [
    'Windows',
    {
      platform: 'win32',
      home: 'C:\\Users\\ada',
      environment: { APPDATA: 'D:\\Roaming\\ada' },
    },
    ['D:\\Roaming\\ada\\Thunderbird'],
  ],
  [
    'Windows without its variable',
    { platform: 'win32', home: 'C:\\Users\\ada', environment: {} },
    ['C:\\Users\\ada\\AppData\\Roaming\\Thunderbird'],
  ],
])('on %s Thunderbird is looked for where it keeps its profiles', (_system, home, folders) => {
  expect(profileFolders(home)).toEqual(folders);
});

test('the folder for configurations may be another one', () => {
  const home = {
    platform: 'linux',
    home: '/home/ada',
    environment: { XDG_CONFIG_HOME: '/etc/ada' },
  };
  expect(profileFolders(home)).toContain('/etc/ada/thunderbird');
  expect(profileFolders(home)).not.toContain('/home/ada/.config/thunderbird');
});

/** As Thunderbird 153 writes it. */
const INI = `[Profile1]
Name=default
IsRelative=1
Path=zv8gojwz.default
Default=1

[InstallFDC34C9F024745EB]
Default=w4xwht41.default-default
Locked=1

[Profile0]
Name=default-default
IsRelative=1
Path=w4xwht41.default-default

[General]
StartWithLastProfile=1
Version=2
`;

test('all profiles of a profiles.ini are read, the ones in use and the others', () => {
  expect(profilesNamedIn(INI, '/home/ada/.thunderbird', 'linux')).toEqual([
    '/home/ada/.thunderbird/zv8gojwz.default',
    '/home/ada/.thunderbird/w4xwht41.default-default',
  ]);
});

test.each([
  ['linux', '/home/ada/.thunderbird', '1', 'Profiles/a', '/home/ada/.thunderbird/Profiles/a'],
  ['linux', '/home/ada/.thunderbird', '1', '../mail/a', '/home/ada/mail/a'],
  ['linux', '/home/ada/.thunderbird', '0', '/srv/mail/a', '/srv/mail/a'],
  ['linux', '/home/ada/.thunderbird', '0', '/srv/mail/../a', '/srv/a'],
  ['linux', '/home/ada/.thunderbird', '1', 'a;b#c\\d', '/home/ada/.thunderbird/a;b#c\\d'],
  ['linux', '/home/ada/.thunderbird', '1', 'a=b [c]', '/home/ada/.thunderbird/a=b [c]'],
  ['linux', '/home/ada/.thunderbird', '1', 'true', '/home/ada/.thunderbird/true'],
  ['linux', '/home/ada/.thunderbird', '1', 'jürgen', '/home/ada/.thunderbird/jürgen'],
  ['linux', '/home/ada/.thunderbird', '0', 'neither/here/nor/there', undefined],
  [
    'darwin',
    '/Users/ada/Library/Thunderbird',
    '1',
    'Profiles/a',
    '/Users/ada/Library/Thunderbird/Profiles/a',
  ],
  ['darwin', '/Users/ada/Library/Thunderbird', '0', 'AAAAAAEaAAIAAQxNYWNpbnRvc2g=', undefined],
  ['win32', 'C:\\Roaming\\Thunderbird', '1', 'Profiles/a', 'C:\\Roaming\\Thunderbird\\Profiles\\a'],
  ['win32', 'C:\\Roaming\\Thunderbird', '0', 'D:\\mail\\new;old#1', 'D:\\mail\\new;old#1'],
  ['win32', 'C:\\Roaming\\Thunderbird', '0', '\\\\server\\mail\\a', '\\\\server\\mail\\a'],
])('on %s a profile in %s that is named %s:%s is %s', (platform, folder, relative, named, is) => {
  const ini = `[Profile0]\r\nName=a\r\nIsRelative=${relative}\r\nPath=${named}\r\n`;
  expect(profilesNamedIn(ini, folder, platform)).toEqual([is]);
});

test.each([
  ['nothing', ''],
  ['no profile', '[General]\nStartWithLastProfile=1\n'],
  ['a profile without a folder', '[Profile0]\nName=a\nIsRelative=1\n'],
  ['a comment', '; [Profile0]\n#Path=a\n'],
  ['a name that is none', '[__proto__]\nPath=a\n[Profile]\nPath=b\n'],
  ['no text', '\0\0[Profile'],
])('%s in a profiles.ini is no profile', (_what, ini) => {
  expect(profilesNamedIn(ini, '/home/ada/.thunderbird', 'linux')).toEqual([]);
});
