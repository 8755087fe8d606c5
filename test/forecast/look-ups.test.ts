import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Answer } from 'dns-packet';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LookUpBudget } from '../../proxy/forecast/look-ups/look-up-budget.ts';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { Resolver } from '../../proxy/forecast/look-ups/resolver.ts';
import type { Looked } from '../../shared/forecast/facts.ts';
import { later } from '../stopped-clock.ts';
import { type ForecastWorld, forecastWorld } from './world.ts';

let world: ForecastWorld;
/** Holds one of the validators, to be the whole PATH. */
const only: { folder: string } = { folder: '' };

beforeAll(async () => {
  world = await forecastWorld();
  only.folder = await mkdtemp(join(tmpdir(), 'requiretls-path-'));
  await symlink('/usr/bin/delv', join(only.folder, 'delv'));
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await rm(only.folder, { recursive: true, force: true });
});

type Validating = 'unbound-host' | 'delv' | 'nothing';

/** A resolver that asks this one of the world, with what validates on this computer. */
async function openResolver(
  asks: string,
  validating: Validating,
): Promise<Resolver & AsyncDisposable> {
  const paths = { 'unbound-host': '/usr/bin', delv: only.folder, nothing: '/nowhere' };
  const resolver = await Resolver.open({
    address: parseResolver(asks),
    trust: [readFileSync(world.caFile, 'utf8')],
    rootAnchorFile: world.rootAnchorFile,
    environment: { PATH: paths[validating] },
  });
  return Object.assign(resolver, { [Symbol.asyncDispose]: async () => resolver.close() });
}

type Type = Parameters<Resolver['look']>[1];

async function look(resolver: Resolver, name: string, type: Type) {
  const deadline = AbortSignal.timeout(30_000);
  return await resolver.look(name, type, new LookUpBudget({ lookUps: 1, deadline }));
}

/** In a line: what was found, and what is thought of it. */
function inWords(looked: Looked<readonly unknown[]>): string {
  switch (looked.kind) {
    case 'found':
      return `${looked.dnssec}: ${looked.records
        .map((record) => JSON.stringify(record))
        .toSorted()
        .join(' ')}${aliasOf(looked)}`;
    case 'none':
      return `${looked.dnssec}: ${looked.isNameAbsent ? 'no such name' : `none${aliasOf(looked)}`}`;
    case 'failed':
      return looked.why;
  }
}

function aliasOf({ alias }: { readonly alias?: string | undefined }): string {
  return alias === undefined ? '' : ` at ${alias}`;
}

const DANE_MX = '{"preference":10,"exchange":"dane-mx.signed.example"}';
const GOOD_MX = '{"preference":10,"exchange":"good-mx.unsigned.example"}';

/** Questions, and the only right answers to them. */
const ANSWERS: readonly (readonly [name: string, type: Type, right: string])[] = [
  ['dane.signed.example', 'MX', `secure: ${DANE_MX}`],
  ['null-mx.signed.example', 'MX', 'secure: {"preference":0,"exchange":""}'],
  ['_mta-sts.testing.signed.example', 'TXT', 'secure: "v=STSv1; id=20261122T0800Z;"'],
  ['dane-mx.signed.example', 'A', 'secure: "127.80.0.10"'],
  ['dane-mx.signed.example', 'AAAA', 'secure: none'],
  ['nosuch.signed.example', 'MX', 'secure: no such name'],
  ['alias.signed.example', 'MX', `secure: ${DANE_MX} at dane.signed.example`],
  ['alias.signed.example', 'AAAA', 'secure: none at dane.signed.example'],
  ['mail.optout.example', 'MX', `secure: ${DANE_MX}`],

  ['plain.unsigned.example', 'MX', `insecure: ${GOOD_MX}`],
  ['plain.unsigned.example', 'AAAA', 'insecure: none'],
  ['nosuch.unsigned.example', 'TXT', 'insecure: no such name'],
  ['mail.child.optout.example', 'MX', `insecure: ${DANE_MX}`],
  // A signed alias to what is not signed vouches for nothing.
  ['alias-out.signed.example', 'MX', `insecure: ${GOOD_MX} at plain.unsigned.example`],

  // Of an alias alone, whatever it stands for.
  ['alias-out.signed.example', 'CNAME', 'secure: "plain.unsigned.example"'],
  ['mta-sts.hosted.unsigned.example', 'CNAME', 'insecure: "mta-sts.enforced.unsigned.example"'],
  ['dane.signed.example', 'CNAME', 'secure: none'],

  ['mail.bogus.example', 'MX', 'bogus'],
  ['nosuch.bogus.example', 'MX', 'bogus'],
  ['mail.expired.example', 'MX', 'bogus'],
  ['loop.signed.example', 'MX', 'server failure'],
  ['a.servfail.signed.example', 'A', 'server failure'],
  ['a.servfail.unsigned.example', 'TLSA', 'server failure'],
];

const WAYS = [
  ['unbound-host here, and a resolver that does not validate', 'plain', 'unbound-host'],
  ['unbound-host here, and one that does', 'validating', 'unbound-host'],
  ['unbound-host here, over HTTPS', 'http2', 'unbound-host'],
  ['delv here, and a resolver that does not validate', 'plain', 'delv'],
  ['delv here, over TLS', 'dot', 'delv'],
  ['the AD bit of a resolver on this computer', 'validating', 'nothing'],
  ['its AD bit over TLS', 'dot', 'nothing'],
  ['its AD bit over HTTP/2', 'http2', 'nothing'],
  ['its AD bit over HTTP/1.1 or HTTP/2', 'doh', 'nothing'],
] as const;

test.for(WAYS)(
  'F2, F3, RFC 4033 §5: what is secure, insecure, bogus or broken is known by %s',
  async ([, asks, validating]) => {
    await using resolver = await openResolver(world[asks], validating);
    const given = ANSWERS.map(async ([name, type]) => {
      const looked = await look(resolver, name, type);
      const source = validating === 'nothing' ? 'resolver' : 'validated here';
      if (looked.kind !== 'failed') expect(looked.source).toBe(source);
      return [name, type, inWords(looked)];
    });
    expect(await Promise.all(given)).toEqual(ANSWERS);
  },
);

test.for(['unbound-host', 'delv'] as const)(
  'F2: without signatures from the resolver %s vouches for nothing, and calls nothing bogus',
  async (validating) => {
    const stripping = await world.lying({ stripsSignatures: true }, world.plain);
    await using resolver = await openResolver(stripping.address, validating);
    expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({
      kind: 'found',
      dnssec: 'unknown',
      source: 'nobody',
    });
    expect(await look(resolver, 'nosuch.signed.example', 'MX')).toMatchObject({
      kind: 'none',
      dnssec: 'unknown',
    });
  },
);

test('F2: in another network, whose resolver strips signatures, nothing is bogus for that', async () => {
  const lies = { stripsSignatures: false };
  const changing = await world.lying(lies, world.plain);
  await using resolver = await openResolver(changing.address, 'unbound-host');
  expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({ dnssec: 'secure' });
  lies.stripsSignatures = true;
  using _clock = later(11_000);
  expect(await look(resolver, 'alias.signed.example', 'MX')).toMatchObject({
    kind: 'found',
    dnssec: 'unknown',
    source: 'nobody',
  });
});

test('F7: ten bogus names in a row are not ten reasons to fetch all keys again', async () => {
  const recording = await world.lying({}, world.plain);
  await using resolver = await openResolver(recording.address, 'unbound-host');
  for (let at = 0; at < 10; at += 1) {
    expect(await look(resolver, `n${at}.bogus.example`, 'MX')).toMatchObject({ why: 'bogus' });
  }
  const roots = recording.asked().filter(({ name, type }) => type === 'SOA' && name === '.');
  expect(roots.length).toBeLessThan(4);
});

test('F2: an AD bit that the resolver strips leaves everything unknown, never unsigned', async () => {
  const stripping = await world.lying({ stripsAuthenticData: true });
  await using resolver = await openResolver(stripping.address, 'nothing');
  for (const name of ['dane.signed.example', 'plain.unsigned.example']) {
    const looked = await look(resolver, name, 'MX');
    expect(looked).toMatchObject({ kind: 'found', dnssec: 'unknown', source: 'nobody' });
  }
});

test.for(['unbound-host', 'delv'] as const)(
  'F2, F3: what a resolver makes up for a signed zone is bogus, AD bit or not, says %s',
  async (validating) => {
    const lying = await world.lying(
      {
        setsAuthenticData: true,
        answers: ({ name, type }) => {
          if (name === 'dane.signed.example' && type === 'MX') {
            const data = { preference: 1, exchange: 'mx.attacker.example' };
            return [{ name, type, ttl: 300, data }];
          }
          return name === '_25._tcp.dane-mx.signed.example' && type === 'TLSA'
            ? 'NXDOMAIN'
            : undefined;
        },
      },
      world.plain,
    );
    await using resolver = await openResolver(lying.address, validating);
    expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({ why: 'bogus' });
    const tlsa = await look(resolver, '_25._tcp.dane-mx.signed.example', 'TLSA');
    expect(tlsa).toMatchObject({ why: 'bogus' });
    expect(inWords(await look(resolver, 'dane-mx.signed.example', 'A'))).toContain('secure: ');
  },
);

test.for(['unbound-host', 'delv', 'nothing'] as const)(
  'F1: each of a thousand MX records is read (%s)',
  async (validating) => {
    await using resolver = await openResolver(world.validating, validating);
    const looked = await look(resolver, 'many.signed.example', 'MX');
    const names =
      looked.kind === 'found' ? looked.records.map((record) => Object(record).exchange) : [];
    expect(new Set(names).size).toBe(1000);
    expect(looked).toMatchObject({ dnssec: 'secure' });
  },
);

test.for(['unbound-host', 'nothing'] as const)(
  'each answer of the test world is the same as dig’s (%s)',
  async (validating) => {
    await using resolver = await openResolver(world.validating, validating);
    const names = world.domains.filter((name) => !name.includes('many'));
    const ours = names.map(async (name) => {
      const looked = await look(resolver, name, 'MX');
      if (looked.kind === 'failed') return [name, 'SERVFAIL'];
      const records = looked.kind === 'found' ? looked.records : [];
      const lines = records.map(
        (record) => `${Object(record).preference} ${Object(record).exchange}.`,
      );
      return [name, `${looked.dnssec === 'secure' ? 'ad ' : ''}${lines.toSorted().join(', ')}`];
    });
    const [, port = ''] = world.validating.split(':');
    const shown = ['+comments', '+answer', '+noquestion', '+dnssec'];
    const questions = names.flatMap((name) => ['-q', `${name}.`, '-t', 'MX']);
    const words = ['@127.0.0.1', '-p', port, ...shown, ...questions];
    const { stdout } = await promisify(execFile)('dig', words);
    const digs = stdout.split(/^;; ->>HEADER<<-/m).slice(1);
    expect(digs.length).toBe(names.length);
    const theirs = digs.map((text, at) => {
      if (text.includes('status: SERVFAIL')) return [names[at], 'SERVFAIL'];
      const lines = [...text.matchAll(/\sIN\s+MX\s+(\d+ \S+)$/gm)].map(([, line = '']) => line);
      const ad = /flags:[^;]* ad[ ;]/.test(text) ? 'ad ' : '';
      return [names[at], `${ad}${lines.toSorted().join(', ')}`];
    });
    expect(await Promise.all(ours)).toEqual(theirs);
  },
);

test('names that a program could take for an option are asked of nobody', async () => {
  const recording = await world.lying();
  await using resolver = await openResolver(recording.address, 'delv');
  for (const name of ['-h', '+trace', '@192.0.2.1', 'a b', 'x.-y', 'a..b', '.', 'A.example']) {
    expect(await look(resolver, name, 'MX')).toMatchObject({ why: 'malformed' });
  }
  expect(recording.asked()).toEqual([]);
});

test('a validator asks nobody but the chosen resolver, and no more than it needs', async () => {
  const recording = await world.lying();
  await using resolver = await openResolver(recording.address, 'unbound-host');
  await look(resolver, '_25._tcp.dane-mx.signed.example', 'TLSA');
  const first = recording.asked().length;
  expect(first).toBeLessThan(30);
  // The keys of the root and of its zone are known by now.
  await look(resolver, 'dane-mx.signed.example', 'A');
  expect(recording.asked().length - first).toBeLessThan(5);
});

test('F6: one moment of a captive portal is not kept for longer than it lasts', async () => {
  const portal: { answers?: () => readonly Answer[] } = {};
  const resolving = await world.lying(portal, world.plain);
  await using resolver = await openResolver(resolving.address, 'unbound-host');
  const soa = {
    mname: 'portal',
    rname: 'portal',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 3600,
  };
  portal.answers = () => [{ type: 'SOA', name: '.', ttl: 3600, data: soa }];
  expect(await look(resolver, 'dane.signed.example', 'MX')).not.toMatchObject({ dnssec: 'secure' });
  delete portal.answers;

  using _clock = later(61_000);
  expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({ dnssec: 'secure' });
});

test('what is not secure and came in clear is marked: the way there could have changed it', async () => {
  // Linux takes 0.0.0.0 for this computer; for us it is an address like any other out there.
  const elsewhere = world.plain.replace('127.0.0.1', '0.0.0.0');
  await using inClear = await openResolver(elsewhere, 'unbound-host');
  await using encrypted = await openResolver(world.http2, 'unbound-host');
  // What these are told of what is not signed, nobody can see; in clear as a rule.
  await using nearby = await openResolver(world.validating, 'unbound-host');
  await using believed = await openResolver(world.validating, 'nothing');
  await using pipe = await openResolver(world.plain, 'unbound-host');
  await using nobody = await openResolver(elsewhere, 'nothing');
  for (const [resolver, name, marked] of [
    [inClear, 'plain.unsigned.example', true],
    [inClear, 'nosuch.unsigned.example', true],
    [inClear, 'dane.signed.example', false],
    [inClear, 'nosuch.signed.example', false],
    [encrypted, 'plain.unsigned.example', false],
    [nearby, 'plain.unsigned.example', true],
    [believed, 'plain.unsigned.example', true],
    [believed, 'nosuch.unsigned.example', true],
    [believed, 'dane.signed.example', false],
    [pipe, 'plain.unsigned.example', true],
    [pipe, 'dane.signed.example', false],
    [nobody, 'dane.signed.example', true],
  ] as const) {
    expect(await look(resolver, name, 'MX'), name).toMatchObject({ inClear: marked });
  }
});

/** Lets temporary folders be made here alone. */
function madeIn(folder: string): Disposable {
  vi.stubEnv('TMPDIR', folder);
  return { [Symbol.dispose]: () => void vi.unstubAllEnvs() };
}

test('of the validators nothing is left behind', async () => {
  const folder = join(only.folder, 'tmp');
  await mkdir(folder);
  using _here = madeIn(folder);
  await using resolver = await openResolver(world.validating, 'unbound-host');
  expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({ dnssec: 'secure' });
  expect(await readdir(folder)).toEqual([]);
});

test('where a validator cannot be run it is as if none were installed, and nothing fails', async () => {
  using _here = madeIn('/nowhere');
  await using resolver = await openResolver(world.validating, 'unbound-host');
  expect(await look(resolver, 'dane.signed.example', 'MX')).toMatchObject({
    dnssec: 'secure',
    source: 'resolver',
  });
  expect(await look(resolver, 'mail.bogus.example', 'MX')).toMatchObject({ why: 'bogus' });
});
