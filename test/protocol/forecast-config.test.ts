import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configurationFrom, forecastConfigurationFrom } from '../../proxy/config.ts';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';
import { BUILT_IN_TRUST } from '../../proxy/submission/tls-profile.ts';

/** Nobody's configuration must be read by a test. */
const NOWHERE = '/nowhere/config.toml';

type Files = AsyncDisposable & { readonly config: string; readonly folder: string };

async function configFile(text: string): Promise<Files> {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-config-'));
  const config = path.join(folder, 'config.toml');
  await writeFile(config, text);
  return { config, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('unless somebody says otherwise the system’s resolver is asked, and no mail server', () => {
  expect(forecastConfigurationFrom({}, NOWHERE).forecast).toEqual({
    resolver: [{ kind: 'system' }],
    probe: false,
    policyPort: 443,
    mxPort: 25,
    trust: BUILT_IN_TRUST,
    rootAnchorFile: undefined,
    allowSpecialAddresses: false,
  });
});

const EACH_KEY = `
[[account]]
name = "home"
upstream = "submissions://smtp.example.net"

[forecast]
resolver = "https://dns.example/dns-query"
probe = true
policy-port = 8443
mx-port = 2525
ca = "ca.pem"
root-anchor = "root.key"
allow-special-addresses = true
`;

test('each key of [forecast] is followed by the running proxy and by the command, accounts or not', async () => {
  await using files = await configFile(EACH_KEY);
  const { ca } = await demoCertificate('localhost');
  await writeFile(path.join(files.folder, 'ca.pem'), ca);
  await writeFile(
    path.join(files.folder, 'root.key'),
    '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D',
  );
  const { forecast } = forecastConfigurationFrom({ config: files.config }, NOWHERE);
  expect(forecast).toEqual({
    resolver: [{ kind: 'DoH', url: 'https://dns.example/dns-query' }],
    probe: true,
    policyPort: 8443,
    mxPort: 2525,
    trust: [expect.stringContaining('BEGIN CERTIFICATE')],
    rootAnchorFile: path.join(files.folder, 'root.key'),
    allowSpecialAddresses: true,
  });
  const configuration = configurationFrom({ config: files.config }, NOWHERE);
  expect(configuration?.forecast).toEqual(forecast);
  expect(configuration?.trust).toBe(BUILT_IN_TRUST);
});

test('flags win over the file', async () => {
  await using files = await configFile(
    '[forecast]\nresolver = "192.0.2.1"\nprobe = true\npolicy-port = 1\nmx-port = 2\n',
  );
  const flags = {
    config: files.config,
    resolver: '192.0.2.2:5353',
    probe: false,
    policyPort: '3',
    mxPort: '4',
    allowSpecialAddresses: true,
  };
  expect(forecastConfigurationFrom(flags, NOWHERE).forecast).toMatchObject({
    resolver: [{ kind: 'plain', address: '192.0.2.2', port: 5353 }],
    probe: false,
    policyPort: 3,
    mxPort: 4,
    allowSpecialAddresses: true,
  });
});

test.each([
  ['a key that does not exist', 'verify = false', 'verify: there is no such key'],
  ['a resolver that is none', 'resolver = "dns.example"', 'resolver: "dns.example" is no resolver'],
  ['one without TLS', 'resolver = "http://dns.example/"', 'resolver: http:// is neither private'],
  ['a port of nobody', 'policy-port = 0', 'policy-port: it must be a port, 1 to 65535'],
  ['half a port', 'mx-port = 25.5', 'mx-port: it must be a port'],
  ['neither yes nor no', 'probe = "yes"', 'probe: it must be true or false'],
  ['a word for yes', 'allow-special-addresses = 1', 'it must be true or false'],
  ['a CA file that is not there', 'ca = "no.pem"', 'ca: cannot read'],
  ['a root anchor that is not there', 'root-anchor = "no.key"', 'root-anchor: cannot read'],
] as const)('%s is told with file, line and key', async (_what, line, fault) => {
  // The same key outside of the table is no excuse to name the wrong line.
  await using files = await configFile(`state = "."\n\n[forecast]\n# about it\n${line}\n`);
  expect(() => forecastConfigurationFrom({ config: files.config }, NOWHERE)).toThrow(
    new RegExp(`^${files.config}:5: forecast\\..*${fault}`),
  );
});

test('the line of [forecast] ca is told, not that of the submission server’s', async () => {
  const { ca } = await demoCertificate('localhost');
  await using files = await configFile('ca = "ca.pem"\n[forecast]\nca = "no.pem"\n');
  await writeFile(path.join(files.folder, 'ca.pem'), ca);
  expect(() => forecastConfigurationFrom({ config: files.config }, NOWHERE)).toThrow(
    `${files.config}:3: forecast.ca: cannot read`,
  );
});

test.each([
  [{ resolver: 'dns.example' }, '--resolver: "dns.example" is no resolver'],
  [{ policyPort: '0' }, '--policy-port: "0" is not a port, 1 to 65535'],
  [{ mxPort: 'smtp' }, '--mx-port: "smtp" is not a port'],
  [{ mxPort: '' }, '--mx-port: "" is not a port'],
  [{ ca: '/nowhere.pem' }, '--ca: cannot read /nowhere.pem: there is no such file'],
  [{ rootAnchor: '/nowhere.key' }, '--root-anchor: cannot read /nowhere.key'],
  [{ rootAnchor: '/' }, '--root-anchor: cannot read /: it is a folder'],
  [{ rootAnchor: '/etc/passwd' }, '--root-anchor: it has a line that is no DS or DNSKEY record'],
  [{ mxPort: '1e3' }, '--mx-port: "1e3" is not a port'],
] as const)('the flag %o that cannot be used is told by its name', (flags, message) => {
  expect(() => forecastConfigurationFrom(flags, NOWHERE)).toThrow(message);
});
