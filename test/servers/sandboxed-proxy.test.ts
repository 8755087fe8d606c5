import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askRunningProxy } from '../../proxy/control/control-client.ts';
import { parseListenAddress } from '../../proxy/listen-address.ts';
import { ALICE, preferencesWith, thunderbirdFolder, WORK } from '../hostile/thunderbird-folder.ts';
import { startProxy } from '../proxy-process.ts';
import { waitUntil } from '../wait-until.ts';
import { CA_FILE, writeServerCertificate } from './server-certificate.ts';

/** What a folder is for the proxy's process, and the words of a shell that make it so. */
const FOLDER_IS = {
  // As a unit of systemd with ProtectHome=read-only has it.
  'read-only for the proxy alone': 'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"',
  'on a file system that takes no writes':
    'cp -a "$0" "$0.kept"; mount -t tmpfs kept "$0"; cp -a "$0.kept/." "$0"; rm -r "$0.kept"; mount -o remount,ro "$0"',
} as const;

/** Where Alice's mail goes, told by a built proxy that runs in a mount namespace of its own. */
async function routeWhere(folderIs: keyof typeof FOLDER_IS) {
  await using thunderbird = await thunderbirdFolder();
  const state = await mkdtemp(join(tmpdir(), 'requiretls-sandboxed-'));
  try {
    await writeServerCertificate(state);
    const port = 49_151; // nobody has to listen there: elsewhere is an answer, too
    await thunderbird.addProfile('abc.default', preferencesWith({ port }));
    const flags = ['--state', state, '--thunderbird', thunderbird.folder];
    const shell = `${FOLDER_IS[folderIs]}; exec "$@"`;
    const inside = ['unshare', '--mount', 'sh', '-ec', shell, thunderbird.folder];
    await using proxy = await startProxy(
      'submissions://localhost:9',
      join(state, CA_FILE),
      flags,
      inside,
    );
    const control = parseListenAddress(`127.0.0.1:${proxy.controlPort}`);
    return await waitUntil(
      async () => {
        const question = {
          ask: 'route' as const,
          identity: ALICE,
          identities: [ALICE, WORK],
        };
        const { route } = await askRunningProxy({ control, stateFolder: state }, question);
        return route.kind === 'unknown' && route.why === 'just changed' ? undefined : route;
      },
      10_000,
      () => 'the preferences did not settle',
    );
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

test('a proxy that a sandbox keeps from writing reads what Thunderbird may still write', async () => {
  expect(await routeWhere('read-only for the proxy alone')).toMatchObject({
    kind: 'elsewhere',
    server: '127.0.0.1:49151',
  });
});

test('where Thunderbird itself cannot write down a change, nothing is concluded', async () => {
  expect(await routeWhere('on a file system that takes no writes')).toEqual({
    kind: 'unknown',
    why: 'unreadable',
  });
});
