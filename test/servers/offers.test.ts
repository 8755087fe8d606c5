import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { connectTo } from './mail-program.ts';
import { type ServerName, startServerOf } from './routes.ts';
import { LOGIN } from './submission-server.ts';

/** What we believe of each server: what it offers, and what it says to the parameter. */
const BELIEFS: readonly { server: ServerName; offers: boolean; says: RegExp; version: RegExp }[] = [
  { server: 'Postfix 3.11', offers: true, says: /^250 2\.1\.0 Ok$/, version: /^3\.(?:1[1-9]|2)/ },
  {
    server: 'Postfix 3.7',
    offers: false,
    says: /^555 5\.5\.4 Unsupported option: REQUIRETLS$/,
    version: /^3\.7\./,
  },
  {
    server: 'Exim 4.96',
    offers: false,
    says: /^501 .*malformed address: REQUIRETLS may not follow/,
    version: /^4\.96/,
  },
];

for (const { server: name, offers, says, version } of BELIEFS) {
  test(`RFC 8689 §2: ${name} offers REQUIRETLS ${offers ? 'inside TLS only' : 'nowhere'}`, async () => {
    await using server = await startServerOf({ server: name });
    expect(server.version).toMatch(version);
    const ca = await readFile(server.caFile, 'utf8');

    await using inClear = await connectTo(server.starttlsPort);
    expect(await inClear.say('EHLO mail-program.test')).not.toContain('REQUIRETLS');

    for (const [kind, port] of [
      ['starttls', server.starttlsPort],
      ['tls', server.tlsPort],
    ] as const) {
      await using inTls = await connectTo(port, { kind, ca });
      const lines = (await inTls.say('EHLO mail-program.test')).split('\n');
      expect(lines.some((line) => /^250[ -]REQUIRETLS$/.test(line))).toBe(offers);
      const secret = Buffer.from(`\0${LOGIN.user}\0${LOGIN.pass}`).toString('base64');
      expect(await inTls.say(`AUTH PLAIN ${secret}`)).toMatch(/^235 /);
      expect(await inTls.say('MAIL FROM:<ada@example.org> REQUIRETLS')).toMatch(says);
    }
  });
}

test('RFC 3207 §4: without TLS no server lets anybody log in or send', async () => {
  for (const { server: name } of BELIEFS) {
    await using server = await startServerOf({ server: name });
    await using inClear = await connectTo(server.starttlsPort);
    await inClear.say('EHLO mail-program.test');
    expect(await inClear.say('AUTH PLAIN AGFsaWNlAHNlY3JldA=='), name).toMatch(/^5/);
    expect(await inClear.say('MAIL FROM:<ada@example.org>'), name).toMatch(/^530 5\.7\.0/);
  }
});
