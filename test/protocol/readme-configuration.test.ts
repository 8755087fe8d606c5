import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configurationFrom } from '../../proxy/config.ts';
import { fencedBlock } from '../readme.ts';

test('the configuration in README gives each provider a port and a name of its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'requiretls-readme-'));
  try {
    const config = join(folder, 'config.toml');
    await writeFile(config, fencedBlock('toml'));

    expect(configurationFrom({}, config)).toMatchObject({
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
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
