import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import tls, { type SecureContextOptions } from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { listeningPort } from '../listening-port.ts';
import { AUTHORITY, issued } from './issued-certificate.ts';
import { leaf, root } from './server-certificates.ts';

const COMMAND = resolve(import.meta.dirname, '../../dist/requiretls.js');

const stranger = await issued({ name: 'Another authority', extensions: AUTHORITY });
const good = await leaf();
const rsa = await leaf({ key: 'RSA-2048' });
const untrusted = await leaf({ issuer: stranger });

/** For OpenSSL, which Node reads at its start. */
const WEAK_OPENSSL = `
nodejs_conf = weak
[weak]
ssl_conf = ssl
[ssl]
system_default = everything
[everything]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
Options = UnsafeLegacyRenegotiation
`;

/** A server on this machine that counts who comes, and an empty folder. */
async function serverWith(options: SecureContextOptions) {
  let connections = 0;
  const server = tls.createServer(options, (socket) => {
    socket.on('error', () => undefined);
    socket.end('421 not today\r\n');
  });
  server.on('connection', () => (connections += 1));
  server.on('tlsClientError', () => undefined);
  const port = await listeningPort(server);
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-environment-'));
  await writeFile(join(folder, 'root.pem'), root.cert);
  await writeFile(join(folder, 'stranger.pem'), stranger.cert);
  await writeFile(join(folder, 'openssl.cnf'), WEAK_OPENSSL);
  return {
    url: `submissions://localhost:${port}`,
    folder,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      await new Promise((done) => server.close(done));
      await rm(folder, { recursive: true });
    },
  };
}

type Environment = Readonly<Record<string, string>>;

/** The built command in another environment, with relative files in `folder`. */
async function requiretls(words: readonly string[], environment: Environment, folder: string) {
  const env = { ...process.env, NODE_NO_WARNINGS: '1', XDG_CONFIG_HOME: folder, ...environment };
  const options = { cwd: folder, env };
  return await promisify(execFile)(process.execPath, words, options).then(
    ({ stdout }) => ({ status: 0, said: stdout }),
    ({ code, stdout, stderr }: { code: unknown; stdout: string; stderr: string }) => ({
      status: code,
      said: stdout + stderr,
    }),
  );
}

const OLD: SecureContextOptions = {
  ...rsa,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
};
const WITHOUT_FORWARD_SECRECY: SecureContextOptions = {
  ...rsa,
  maxVersion: 'TLSv1.2',
  ciphers: 'AES128-GCM-SHA256',
};

test.for<[string, Environment, SecureContextOptions]>([
  ['NODE_TLS_REJECT_UNAUTHORIZED=0', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, untrusted],
  ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: 'stranger.pem' }, untrusted],
  ['SSL_CERT_FILE', { SSL_CERT_FILE: 'stranger.pem', NODE_OPTIONS: '--use-openssl-ca' }, untrusted],
  ['--tls-min-v1.0', { NODE_OPTIONS: '--tls-min-v1.0' }, OLD],
  [
    '--tls-cipher-list',
    { NODE_OPTIONS: '--tls-cipher-list=ALL:@SECLEVEL=0' },
    WITHOUT_FORWARD_SECRECY,
  ],
  ['OPENSSL_CONF', { OPENSSL_CONF: 'openssl.cnf' }, WITHOUT_FORWARD_SECRECY],
  ['OPENSSL_CONF, TLS 1.1', { OPENSSL_CONF: 'openssl.cnf' }, OLD],
])('%s in the environment does not make a bad server a good one', async ([, weak, options]) => {
  await using server = await serverWith(options);
  const check = [COMMAND, 'check', server.url];
  const checks = [[...check, '--ca', 'root.pem'], check];
  const asked = checks.map((words) => requiretls(words, weak, server.folder));
  for (const { status, said } of await Promise.all(asked)) {
    expect(said).toContain('has no TLS that can be verified');
    expect(status).toBe(76);
  }
  expect(server.connections()).toBe(2);
});

// Node 20 does not know it at all; a later one may, and then it must be refused as --tls-keylog is.
test('SSLKEYLOGFILE writes no keys down', async () => {
  await using server = await serverWith(good);
  const words = [COMMAND, 'check', server.url, '--ca', 'root.pem'];
  const before = await readdir(server.folder);
  const { said } = await requiretls(words, { SSLKEYLOGFILE: 'keys' }, server.folder);
  expect(said).toContain('not today');
  expect(await readdir(server.folder)).toEqual(before);
});

test.for<[string, Environment, readonly string[]]>([
  ['--tls-keylog', { NODE_OPTIONS: '--max-http-header-size=9999 --tls-keylog=keys' }, []],
  ['--tls_keylog', { NODE_OPTIONS: '"--tls_keylog=keys"' }, []],
  ['--tls-keylog', {}, ['--tls-keylog', 'keys']],
  ['--trace-tls', { NODE_OPTIONS: '--trace-tls' }, []],
])('%s stops the program before it connects anywhere', async ([option, weak, nodeWords]) => {
  await using server = await serverWith(good);
  const listening = ['--listen', '127.0.0.1:0', '--upstream', server.url, '--ca', 'root.pem'];
  const words = [...nodeWords, COMMAND, 'run', ...listening];
  const { status, said } = await requiretls(words, weak, server.folder);
  expect(said).toContain(`Node.js runs with ${option}, which records the keys`);
  expect(status).toBe(78);
  expect(server.connections()).toBe(0);
});
