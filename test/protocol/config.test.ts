import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { configurationFrom, controlFrom, stateFolderFrom, type Flags } from '../../proxy/config.ts';
import { demoCertificate } from '../../proxy/commands/demo-certificate.ts';

/** Nobody's configuration must be read by a test. */
const NOWHERE = '/nowhere/config.toml';

type Files = AsyncDisposable & { readonly config: string; readonly folder: string };

async function configFile(text: string): Promise<Files> {
  const folder = await mkdtemp(path.join(tmpdir(), 'requiretls-config-'));
  const config = path.join(folder, 'config.toml');
  await writeFile(config, text);
  return { config, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const TWO_ACCOUNTS = `
[[account]]
name = "work"
listen = "work.localhost:8689"
upstream = "submissions://smtp.work.example"

[[account]]
name = "home"
listen = "home.localhost:8691"
upstream = "submission://smtp.home.example:2587"
`;

test('a file with two accounts is read, with the ports that belong to the schemes', async () => {
  await using files = await configFile(TWO_ACCOUNTS);
  const configuration = configurationFrom({ config: files.config }, NOWHERE);
  expect(configuration?.accounts).toEqual([
    {
      name: 'work',
      listen: { name: 'work.localhost', host: '127.0.0.1', port: 8689, isLoopback: true },
      server: { host: 'smtp.work.example', port: 465, tls: 'implicit' },
      certificate: undefined,
    },
    {
      name: 'home',
      listen: { name: 'home.localhost', host: '127.0.0.1', port: 8691, isLoopback: true },
      server: { host: 'smtp.home.example', port: 2587, tls: 'starttls' },
      certificate: undefined,
    },
  ]);
});

test('receipts are found by the same folder as they are written to, with an account or without', async () => {
  await using files = await configFile(`state = "kept"\n${TWO_ACCOUNTS}`);
  const kept = path.join(files.folder, 'kept');
  expect(configurationFrom({ config: files.config }, NOWHERE)?.stateFolder).toBe(kept);
  expect(stateFolderFrom({ config: files.config }, NOWHERE)).toBe(kept);
  expect(stateFolderFrom({ config: files.config, state: '/else' }, NOWHERE)).toBe('/else');
  expect(stateFolderFrom({}, NOWHERE)).toBe(
    configurationFrom({ upstream: 'submissions://mail.example' }, NOWHERE)?.stateFolder,
  );
});

test('flags win over the file', async () => {
  await using files = await configFile(TWO_ACCOUNTS.replace(/\[\[account\]\]/, 'timeout = 5\n$&'));
  const flags: Flags = {
    config: files.config,
    upstream: 'submissions://mail.example:4465',
    listen: '127.0.0.2:9000',
    timeout: '2',
    logFormat: 'json',
  };
  expect(configurationFrom(flags, NOWHERE)).toMatchObject({
    accounts: [
      {
        listen: { host: '127.0.0.2', port: 9000 },
        server: { host: 'mail.example', port: 4465, tls: 'implicit' },
      },
    ],
    timeoutMs: 2000,
    logFormat: 'json',
  });
});

test.each([
  ['a key that does not exist', 'verify = false\n', 1, 'verify: there is no such key'],
  ['a value of the wrong kind', 'timeout = "soon"\n', 1, 'timeout: it must be a number of seconds'],
  ['a word that is none of those known', 'log-format = "xml"\n', 1, 'it must be ."text" . "json"'],
  ['a line that is no TOML', 'timeout = \n', 1, ''],
  ['an account without upstream', '\n[[account]]\nname = "a"\n', 2, 'upstream'],
  ['an account without a name', '[[account]]\nname = ""\n', 2, 'name: it must be a name'],
  [
    'an upstream without TLS',
    '[[account]]\nname = "a"\nupstream = "smtp://mail.example:25"\n',
    3,
    'upstream',
  ],
  [
    'an upstream with a password',
    '[[account]]\nname = "a"\nupstream = "submissions://u:p@mail.example"\n',
    3,
    'upstream',
  ],
  [
    'an address outside this computer',
    '[[account]]\nname = "a"\nupstream = "submissions://m.example"\nlisten = "0.0.0.0:8689"\n',
    4,
    'listen',
  ],
  [
    'a certificate that is not there',
    '[[account]]\nname = "a"\nupstream = "submissions://m.example"\ncertificate = "no.pem"\nkey = "no.pem"\n',
    4,
    'certificate: cannot read',
  ],
  ['a CA file that is not there', `ca = "no.pem"\n${TWO_ACCOUNTS}`, 1, 'ca: cannot read'],
  [
    'a control port for all',
    `control = "0.0.0.0:1"\n${TWO_ACCOUNTS}`,
    1,
    'control: "0.0.0.0" is not where',
  ],
  [
    'a control port of nobody',
    `control = true\n${TWO_ACCOUNTS}`,
    1,
    'control: it must be an address such as',
  ],
  ['a control port of IPv6', `control = "[::1]:1"\n${TWO_ACCOUNTS}`, 1, 'control: "::1" is not'],
  [
    'folders that are none',
    `thunderbird = "x"\n${TWO_ACCOUNTS}`,
    1,
    'it must be a list of folders',
  ],
  ['one of them', `thunderbird = [1]\n${TWO_ACCOUNTS}`, 1, 'it must be a list of folders'],
  ['neither yes nor no', `read-thunderbird = "no"\n${TWO_ACCOUNTS}`, 1, 'it must be true or false'],
  ['a number for a text', 'state = 5\n', 1, 'state: it must be text in quotation marks'],
  ['a word for a table', 'forecast = true\n', 1, 'forecast: it must be a table, .forecast.$'],
  ['a word for tables', 'account = "a"\n', 1, 'account: it must be tables, ..account..$'],
  [
    'a list of words for tables',
    'account = ["a"]\n',
    1,
    'account: it must be tables, ..account..$',
  ],
  ['a missing upstream', '[[account]]\nname = "a"\n', 1, 'upstream: it is missing'],
  ['a port that two accounts share', TWO_ACCOUNTS.replace('8691', '8689'), 9, 'listen'],
  ['a name that two accounts share', TWO_ACCOUNTS.replace('home.local', 'WORK.local'), 9, 'listen'],
] as const)('%s is told with file, line and key', async (_what, text, line, key) => {
  await using files = await configFile(text);
  expect(() => configurationFrom({ config: files.config }, NOWHERE)).toThrow(
    new RegExp(`^${files.config}:${line}: .*${key}`),
  );
});

test('a file that was named and is not there is told', () => {
  expect(() => configurationFrom({ config: '/nowhere/config.toml' }, NOWHERE)).toThrow(
    'cannot read /nowhere/config.toml',
  );
});

test.each([
  [{ upstream: 'mail.example' }, '--upstream: "mail.example" is neither submissions://'],
  [{ upstream: 'submissions://m.example', listen: '8689' }, '--listen: "8689" is not an address'],
  [{ upstream: 'submissions://m.example', listen: '192.168.1.2:8689' }, 'from other computers'],
  [{ upstream: 'submissions://m.example', listen: 'nas.lan:8689' }, 'neither an IP address'],
  [{ upstream: 'submissions://m.example', certificate: 'cert.pem' }, 'are needed together'],
  [{ upstream: 'submissions://m.example', timeout: 'soon' }, '--timeout: "soon" is not a number'],
  [{ upstream: 'submissions://m.example', timeout: '0' }, 'above 0 and up to 3600'],
  [
    { upstream: 'submissions://m.example', control: '192.168.1.2:1' },
    '--control: "192.168.1.2" is not where',
  ],
  [{ upstream: 'submissions://m.example', control: '8690' }, '--control: "8690" is not an address'],
  [{ upstream: 'submissions://m.example', logFormat: 'xml' }, '--log-format: "xml"'],
  [
    { upstream: 'submissions://m.example', ca: '/nowhere.pem' },
    '--ca: cannot read /nowhere.pem: there is no such file',
  ],
] as const)('the flag %o that cannot be used is told by its name', (flags, message) => {
  expect(() => configurationFrom(flags, NOWHERE)).toThrow(message);
});

test('RFC 5890 §2.3.2.1: the upstream may be written in Unicode and is used as A-labels', () => {
  const configuration = configurationFrom({ upstream: 'submissions://smtp.exämple.org' }, NOWHERE);
  expect(configuration?.accounts[0]?.server.host).toBe('smtp.xn--exmple-cua.org');
});

test.each([
  ['', {}, '127.0.0.1', 8690],
  ['control = "127.0.0.1:9001"\n', {}, '127.0.0.1', 9001],
  ['control = "127.0.0.1:9001"\n', { control: 'localhost:9002' }, '127.0.0.1', 9002],
  ['control = false\n', { control: '127.0.0.1:0' }, '127.0.0.1', 0],
] as const)(
  'the control address of %j and %o is %s, port %i, for run and for the commands that ask it',
  async (text, flags, host, port) => {
    await using files = await configFile(`${text}${TWO_ACCOUNTS}`);
    const all = { config: files.config, ...flags };
    expect(configurationFrom(all, NOWHERE)?.control).toMatchObject({ host, port });
    expect(controlFrom(all, NOWHERE).control).toMatchObject({ host, port });
  },
);

test.each([
  ['control = false\n', {}],
  ['', { control: false }],
  ['control = "127.0.0.1:9001"\n', { control: false }],
] as const)('with %j and %o nobody can ask the proxy', async (text, flags) => {
  await using files = await configFile(`${text}${TWO_ACCOUNTS}`);
  const all = { config: files.config, ...flags };
  expect(configurationFrom(all, NOWHERE)?.control).toBeUndefined();
});

test.each([
  ['', {}, 'the usual ones'],
  ['thunderbird = ["profiles", "/else"]\n', {}, ['profiles', '/else']],
  ['thunderbird = ["/else"]\n', { thunderbird: ['/here'] }, ['/here']],
  ['read-thunderbird = false\nthunderbird = ["/else"]\n', {}, 'switched off'],
  ['read-thunderbird = true\n', { readThunderbird: false }, 'switched off'],
  ['', { readThunderbird: false, thunderbird: ['/here'] }, 'switched off'],
  ['read-thunderbird = false\n', { thunderbird: ['/here'] }, ['/here']],
] as const)(
  'of %j and %o Thunderbird is looked for in %o',
  async (text, flags, folders: string | readonly string[]) => {
    await using files = await configFile(`${text}${TWO_ACCOUNTS}`);
    const configuration = configurationFrom({ config: files.config, ...flags }, NOWHERE);
    const expected =
      typeof folders === 'string'
        ? folders
        : folders.map((folder) => path.resolve(files.folder, folder));
    expect(configuration?.thunderbird).toEqual(expected);
  },
);

test('--ca replaces the built-in roots', async () => {
  const { ca } = await demoCertificate('localhost');
  await using files = await configFile(ca);
  const own = configurationFrom({ upstream: 'submissions://m.example', ca: files.config }, NOWHERE);
  const builtIn = configurationFrom({ upstream: 'submissions://m.example' }, NOWHERE);
  expect(own?.trust).toHaveLength(1);
  expect(builtIn?.trust.length).toBeGreaterThan(50);
});

test('a CA file without a certificate is refused: it would trust nobody', async () => {
  await using files = await configFile('not a certificate');
  expect(() =>
    configurationFrom({ upstream: 'submissions://m.example', ca: files.config }, NOWHERE),
  ).toThrow('holds no certificate');
});
