import { expect, test } from 'vitest';
import { takesWrites } from '../../proxy/control/replaceable-file.ts';

const MOUNTS = String.raw`
22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:21 /home /home ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
31 22 0:40 / /media/ada\040lovelace rw - vfat /dev/sdb1 ro,uid=1000
32 22 0:41 / /mnt rw - ext4 /dev/sdc1 ro
33 22 0:42 / /mnt rw - ext4 /dev/sdd1 rw
`;

test.each([
  ['/home/ada/.thunderbird/abc.default', true, 'a mount that is read-only for this process alone'],
  ['/homes/ada', true, 'not below /home'],
  [
    '/media/ada lovelace/abc',
    false,
    'a file system that takes no writes, with a blank in its place',
  ],
  ['/mnt/abc', true, 'the later of two mounts at one place covers the earlier'],
] as const)('%s takes writes: %s (%s)', (folder, expected, _why) => {
  expect(takesWrites(MOUNTS, folder)).toBe(expected);
});

test('what is not told, or in no place, takes none', () => {
  expect(takesWrites('', '/home/ada')).toBe(false);
  expect(takesWrites('nonsense\n22 1 0:21 / /home rw', '/home/ada')).toBe(false);
});
