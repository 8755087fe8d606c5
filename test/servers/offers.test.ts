import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { connectTo } from './mail-program.ts';
import { type ServerName, startProxyTo, startServerOf } from './routes.ts';
import { LOGIN } from './submission-server.ts';
import { connectAndLogIn, submit } from './submitting.ts';

/** What we believe of a server. */
type Belief = {
  readonly server: ServerName;
  readonly version: RegExp;
  readonly offersRequireTls: boolean;
  /** Its reply to the parameter. */
  readonly says: RegExp;
  /** Some of its extensions that the proxy does not carry. */
  readonly notCarried: readonly string[];
  /** All that the proxy lists to a mail program. */
  readonly carried: readonly string[];
};

const BELIEFS: readonly Belief[] = [
  {
    server: 'Postfix 3.11',
    version: /^3\.(?:1[1-9]|2)/,
    offersRequireTls: true,
    says: /^250 2\.1\.0 Ok$/,
    notCarried: ['CHUNKING', 'REQUIRETLS', 'VRFY', 'ETRN'],
    carried: ['8BITMIME', 'AUTH PLAIN LOGIN', 'DSN', 'PIPELINING', 'SIZE 10240000', 'SMTPUTF8'],
  },
  {
    server: 'Postfix 3.7',
    version: /^3\.7\./,
    offersRequireTls: false,
    says: /^555 5\.5\.4 Unsupported option: REQUIRETLS$/,
    notCarried: ['CHUNKING', 'VRFY', 'ETRN'],
    carried: ['8BITMIME', 'AUTH PLAIN LOGIN', 'DSN', 'PIPELINING', 'SIZE 10240000', 'SMTPUTF8'],
  },
  {
    server: 'Exim 4.96',
    version: /^4\.96/,
    offersRequireTls: false,
    says: /^501 .*malformed address: REQUIRETLS may not follow/,
    notCarried: ['CHUNKING'],
    carried: ['8BITMIME', 'AUTH PLAIN LOGIN', 'DSN', 'PIPELINING', 'SIZE 52428800', 'SMTPUTF8'],
  },
  {
    // It has a Postfix 3.11 behind it and hides that this one offers REQUIRETLS.
    server: 'Dovecot 2.3',
    version: /^2\.3\./,
    offersRequireTls: false,
    says: /^555 5\.5\.4 Unsupported parameters$/,
    notCarried: ['BURL', 'CHUNKING'],
    // How large a message may be it says only after the login.
    carried: ['8BITMIME', 'AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER', 'DSN', 'PIPELINING', 'SIZE'],
  },
];

const SECRET = Buffer.from(`\0${LOGIN.user}\0${LOGIN.pass}`).toString('base64');

for (const { server: name, offersRequireTls, says, version } of BELIEFS) {
  test(`RFC 8689 §2: ${name} offers REQUIRETLS ${offersRequireTls ? 'inside TLS only' : 'nowhere'}`, async () => {
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
      const offered = extensionsIn(await inTls.say('EHLO mail-program.test'));
      expect(offered.includes('REQUIRETLS')).toBe(offersRequireTls);
      expect(await inTls.say(`AUTH PLAIN ${SECRET}`)).toMatch(/^235 /);
      const offeredNow = extensionsIn(await inTls.say('EHLO mail-program.test'));
      expect(offeredNow.includes('REQUIRETLS')).toBe(offersRequireTls);
      expect(await inTls.say('MAIL FROM:<ada@example.org> REQUIRETLS')).toMatch(says);
    }
  });
}

for (const { server: name, notCarried, carried } of BELIEFS) {
  test(`RFC 5321 §2.2.1: a mail program is offered what ${name} offers and the proxy carries, and nothing else`, async () => {
    await using server = await startServerOf({ server: name });
    await using inTls = await connectTo(server.tlsPort, {
      kind: 'tls',
      ca: await readFile(server.caFile, 'utf8'),
    });
    const offered = extensionsIn(await inTls.say('EHLO mail-program.test'));
    const keywords = offered.map((extension) => extension.split(' ')[0]);
    expect(notCarried.filter((keyword) => !keywords.includes(keyword))).toEqual([]);

    await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });
    await using mailProgram = await connectTo(proxy.port);
    const listed = extensionsIn(await mailProgram.say('EHLO mail-program.test'));
    expect(listed.toSorted()).toEqual(carried);
  });
}

test('RFC 1870 §6.1: a message larger than Dovecot takes, which says so only after the login, is refused in its words', async () => {
  await using server = await startServerOf({ server: 'Dovecot 2.3' });
  await using proxy = await startProxyTo(server, { tls: 'implicit TLS' });
  await using mailProgram = await connectAndLogIn(proxy.port);

  const mail = 'MAIL FROM:<ada@example.org> SIZE=50000000';
  const reply = await submit(mailProgram, { mail, message: 'Subject: large\r\n\r\n' });
  expect(reply).toMatch(/^552 5\.2\.3 .*Message size exceeds administrative limit/);
  expect(await server.messages()).toEqual([]);
});

// Not Dovecot: who connects from its own address is in clear and yet secure to it.
const INSISTS_ON_TLS = BELIEFS.filter(({ server }) => server !== 'Dovecot 2.3');

test('RFC 3207 §4: without TLS no server lets anybody log in or send', async () => {
  for (const { server: name } of INSISTS_ON_TLS) {
    await using server = await startServerOf({ server: name });
    await using inClear = await connectTo(server.starttlsPort);
    await inClear.say('EHLO mail-program.test');
    expect(await inClear.say('AUTH PLAIN AGFsaWNlAHNlY3JldA=='), name).toMatch(/^5/);
    expect(await inClear.say('MAIL FROM:<ada@example.org>'), name).toMatch(/^530 5\.7\.0/);
  }
});

/** The lines of a reply to EHLO behind its first: a keyword and its parameters each. */
function extensionsIn(reply: string): readonly string[] {
  return reply
    .split('\n')
    .slice(1)
    .map((line) => line.slice('250-'.length));
}
