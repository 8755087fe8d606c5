import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encode } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ForecastWorld, forecastWorld } from './world.ts';

let world: ForecastWorld;
beforeAll(async () => {
  world = await forecastWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function dig(resolver: string, ...words: readonly string[]): Promise<string> {
  const [address = '', port = ''] = resolver.split(':');
  const where = [`@${address}`, '-p', port, '+time=3', '+tries=1'];
  const { stdout } = await promisify(execFile)('dig', [...where, ...words]);
  return stdout;
}

test('the validating resolver vouches for a signed zone, and only for that', async () => {
  expect(await dig(world.validating, '+dnssec', 'MX', 'dane.signed.example')).toMatch(
    /flags:.* ad[ ;]/,
  );
  expect(await dig(world.validating, '+dnssec', 'SOA', '.')).toMatch(/flags:.* ad[ ;]/);
  expect(await dig(world.validating, '+dnssec', 'MX', 'plain.unsigned.example')).toMatch(
    /NOERROR[^]*flags: qr rd ra;[^]*good-mx/,
  );
  expect(await dig(world.validating, '+dnssec', 'MX', 'mail.child.optout.example')).toMatch(
    /NOERROR[^]*flags: qr rd ra;[^]*dane-mx/,
  );
});

test('the validating resolver has no answer where signatures are wrong or old', async () => {
  for (const name of ['mail.bogus.example', 'mail.expired.example']) {
    expect(await dig(world.validating, 'MX', name)).toContain('SERVFAIL');
    expect(await dig(world.validating, '+cd', 'MX', name)).toMatch(/NOERROR[^]*dane-mx/);
    expect(await dig(world.plain, 'MX', name)).toMatch(/NOERROR[^]*dane-mx/);
  }
});

test('a name server that cannot load a zone answers SERVFAIL, and quickly', async () => {
  const name = '_25._tcp.servfail-mx.signed.example';
  expect(await dig(world.validating, 'TLSA', name)).toContain('SERVFAIL');
  expect(await dig(world.validating, '+cd', 'TLSA', name)).toContain('SERVFAIL');
});

test('the resolver that does not validate vouches for nothing', async () => {
  expect(await dig(world.plain, '+dnssec', 'MX', 'dane.signed.example')).toMatch(
    /flags: qr rd ra;[^]*dane-mx[^]*RRSIG/,
  );
});

test('a lying resolver drops what it is told to drop, and writes down the questions', async () => {
  const liar = await world.lying({
    stripsAuthenticData: true,
    answers: ({ type }) => (type === 'TXT' ? 'SERVFAIL' : undefined),
  });
  expect(await dig(liar.address, '+dnssec', 'MX', 'dane.signed.example')).toMatch(
    /flags: qr rd ra;/,
  );
  expect(await dig(liar.address, 'TXT', 'dane.signed.example')).toContain('SERVFAIL');
  expect(liar.asked()).toEqual([
    { name: 'dane.signed.example', type: 'MX', over: 'UDP' },
    { name: 'dane.signed.example', type: 'TXT', over: 'UDP' },
  ]);
  const stripping = await world.lying({ stripsSignatures: true });
  expect(await dig(stripping.address, '+dnssec', 'MX', 'dane.signed.example')).not.toContain(
    'RRSIG',
  );
  expect(await dig(stripping.address, 'MX', 'many.signed.example')).toContain('ANSWER: 1000');
});

test('unbound-host, with the root anchor of the world, says what is signed and what is not', async () => {
  await using folder = await temporaryFolder();
  const configuration = join(folder.path, 'unbound.conf');
  const [address = '', port = ''] = world.validating.split(':');
  await writeFile(
    configuration,
    `server:\n do-not-query-localhost: no\nforward-zone:\n name: "."\n forward-addr: ${address}@${port}\n`,
  );
  const anchor = ['-C', configuration, '-f', world.rootAnchorFile];
  const said = async (name: string) => {
    const words = [...anchor, '-v', '-t', 'MX', name];
    const { stdout } = await promisify(execFile)('unbound-host', words);
    return stdout;
  };
  expect(await said('dane.signed.example')).toContain('(secure)');
  expect(await said('plain.unsigned.example')).toContain('(insecure)');
  expect(await said('mail.child.optout.example')).toContain('(insecure)');
});

test('the resolver answers over TLS, and over HTTPS in both versions, under the name on its certificate', async () => {
  const tls = await dig(
    world.dot.replace('tls://localhost', '127.0.0.1'),
    '+tls',
    'MX',
    'dane.signed.example',
  );
  expect(tls).toMatch(/flags:.* ad[ ;]/);
  for (const version of ['--http1.1', '--http2']) {
    expect(await dnsOverHttps(world.doh, version)).toContain('dane-mx');
  }
  expect(await dnsOverHttps(world.http2, '--http2')).toContain('dane-mx');
});

async function dnsOverHttps(address: string, version: string): Promise<string> {
  const question = encode({
    id: 0,
    questions: [{ name: 'dane.signed.example', type: 'MX' }],
    flags: 256,
  });
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'question');
  await writeFile(file, question);
  const type = ['-H', 'Content-Type: application/dns-message'];
  const { stdout } = await promisify(execFile)(
    'curl',
    ['-sS', version, '--cacert', world.caFile, ...type, '--data-binary', `@${file}`, address],
    { encoding: 'latin1' },
  );
  return stdout;
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'requiretls-world-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
