import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { askRunningProxy } from '../../proxy/control/control-client.ts';
import { parseListenAddress } from '../../proxy/listen-address.ts';
import { startProxy } from '../proxy-process.ts';
import { CA_FILE, writeServerCertificate } from './server-certificate.ts';

const NOBODY = 65_534;

/** Opens the page of a link as a browser would, and writes down the status. */
const OPENER = `
  const [address, link] = process.argv.slice(1);
  const { host, hash, origin, port } = new URL(link);
  const headers = { host, origin, 'content-type': 'application/json' };
  const to = { host: address, port, path: '/v1/page', method: 'POST', headers };
  const post = require('node:http').request(to, (answer) => {
    console.log(answer.statusCode);
    answer.resume();
  });
  post.end(JSON.stringify({ token: hash.slice(1) }));
`;

test.each(['127.0.0.1', '::1'])(
  'another user who reads the link in the list of processes opens no page with it (%s)',
  async (address) => {
    const state = await mkdtemp(join(tmpdir(), 'requiretls-other-user-'));
    try {
      await writeServerCertificate(state);
      const flags = ['--state', state];
      await using proxy = await startProxy(
        'submissions://localhost:9',
        join(state, CA_FILE),
        flags,
      );
      const control = parseListenAddress(`127.0.0.1:${proxy.controlPort}`);
      const asked = { control, stateFolder: state };
      const { link } = await askRunningProxy(asked, { ask: 'page link' });
      const words = ['-e', OPENER, address, link];
      const opening = async (user: object) =>
        (await promisify(execFile)(process.execPath, words, { cwd: '/', ...user })).stdout.trim();

      expect(await opening({ uid: NOBODY, gid: NOBODY })).toBe('403');
      expect(await opening({}), 'the link is still good for the person').toBe('200');
      expect(await opening({}), 'once').toBe('410');
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  },
);
