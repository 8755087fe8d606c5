import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationFrom, forecastConfigurationFrom } from '../../proxy/config.ts';
import { fencedBlocks } from '../readme.ts';

const [FORECAST = '', ACCOUNTS = '', ...MORE] = fencedBlocks('toml');

test('each configuration in README is tested', () => {
  expect(MORE).toEqual([]);
});

test('the configuration in README gives each provider a port and a name of its own', async () => {
  await using file = await configurationFile(ACCOUNTS);

  expect(configurationFrom({}, file.name)).toMatchObject({
    timeoutMs: 30_000,
    accounts: [
      {
        name: 'home',
        listen: { name: '127.0.0.1', host: '127.0.0.1', port: 8689 },
        server: { host: 'smtp.example.net', port: 465, tls: 'implicit' },
      },
      {
        name: 'work',
        listen: { name: 'work.localhost', host: '127.0.0.1', port: 8691 },
        server: { host: 'mail.example.org', port: 587, tls: 'starttls' },
      },
    ],
  });
});

test('the configuration of the forecast in README can be added to it', async () => {
  await using file = await configurationFile(`${ACCOUNTS}\n${FORECAST}`);

  expect(forecastConfigurationFrom({}, file.name).forecast).toMatchObject({
    resolver: [{ kind: 'DoT', host: 'dns.example.net', port: 853 }],
    probe: false,
  });
  expect(configurationFrom({}, file.name)?.accounts).toHaveLength(2);
});

async function configurationFile(
  content: string,
): Promise<{ readonly name: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-readme-'));
  const name = join(folder, 'config.toml');
  await writeFile(name, content);
  return {
    name,
    [Symbol.asyncDispose]: async () => await rm(folder, { recursive: true, force: true }),
  };
}
