import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Answer } from 'dns-packet';
import { expect, test } from 'vitest';
import { startExim } from '../servers/exim.ts';
import { startPostfix } from '../servers/postfix.ts';
import { CERTIFICATE_FILE } from '../servers/server-certificate.ts';
import type { SubmissionServer } from '../servers/submission-server.ts';
import { keptFolder, runForecast } from './forecast-command.ts';
import { publicKeyDigest } from './world-certificates.ts';
import { type ForecastWorld, forecastWorld } from './world.ts';

const DOMAIN = 'real.example';
const HOST = 'mx.real.example';

test('F4, RFC 8689 §4.2.1: Postfix 3.11 is seen offering REQUIRETLS, under a key that DANE names', async () => {
  await using server = await startPostfix('3.11');
  const { verdict, reasons } = await forecastOf(server);
  expect(verdict).toBe('observed');
  expect(reasons).toEqual(['REQUIRETLS seen', 'DANE']);
  expect(await sayings(server)).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'QUIT']);
});

test('F4: Postfix 3.7 is seen without REQUIRETLS', async () => {
  await using server = await startPostfix('3.7');
  const { verdict, reasons } = await forecastOf(server);
  expect(verdict).toBe('will fail');
  expect(reasons[0]).toBe('REQUIRETLS not offered');
  expect(await sayings(server)).toEqual(['EHLO', 'STARTTLS', 'EHLO', 'QUIT']);
});

test('F4: Exim is seen without REQUIRETLS', async () => {
  await using server = await startExim();
  const { verdict, reasons } = await forecastOf(server);
  expect(verdict).toBe('will fail');
  expect(reasons[0]).toBe('REQUIRETLS not offered');
});

test('F3, RFC 7672 §3.1.1: Postfix 3.11 under a key that DANE does not name would not get it', async () => {
  await using server = await startPostfix('3.11');
  const { verdict, reasons } = await forecastOf(server, '0'.repeat(64));
  expect(verdict).toBe('will fail');
  expect(reasons[0]).toBe('DANE mismatch');
});

/** The words that were said to the server, in the sessions of the command. */
async function sayings(server: SubmissionServer): Promise<readonly string[]> {
  const commands = await server.commands();
  return commands.map((command) => command.split(' ')[0] ?? '');
}

/** Runs the command on a domain whose mail goes to the server, by a resolver that is believed. */
async function forecastOf(
  server: SubmissionServer,
  digest?: string,
): Promise<{ readonly verdict: unknown; readonly reasons: readonly unknown[] }> {
  await using world = await forecastWorld();
  await using kept = await keptFolder();
  const file = join(dirname(server.caFile), CERTIFICATE_FILE);
  const key = digest ?? publicKeyDigest(await readFile(file, 'utf8'));
  const resolver = await resolverFor(world, key);
  const words = [...world.options(resolver), `--mx-port=${server.starttlsPort}`, '--probe'];
  const { out } = await runForecast([...words, '--json', DOMAIN], kept.folder, {
    PATH: '/nonexistent', // no program that validates: what the resolver made up would be bogus
  });
  const { domains }: { domains: { verdict: string; reasons: { code: string }[] }[] } =
    JSON.parse(out);
  const [forecast] = domains;
  return {
    verdict: forecast?.verdict,
    reasons: forecast?.reasons.map(({ code }) => code) ?? [],
  };
}

async function resolverFor(world: ForecastWorld, digest: string): Promise<string> {
  const tlsa = { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from(digest, 'hex') };
  const records: Readonly<Record<string, readonly Answer[]>> = {
    [`MX ${DOMAIN}`]: [
      { type: 'MX', name: DOMAIN, ttl: 300, data: { preference: 10, exchange: HOST } },
    ],
    [`A ${HOST}`]: [{ type: 'A', name: HOST, ttl: 300, data: '127.0.0.1' }],
    [`AAAA ${HOST}`]: [],
    [`TLSA _25._tcp.${HOST}`]: [{ type: 'TLSA', name: `_25._tcp.${HOST}`, ttl: 300, data: tlsa }],
  };
  const { address } = await world.lying({
    setsAuthenticData: true,
    answers: ({ name, type }) => records[`${type} ${name.toLowerCase()}`],
  });
  return address;
}
