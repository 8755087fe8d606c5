import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forecast as forecastCommand } from '../../proxy/commands/forecast.ts';
import { verdictInWords } from '../../shared/forecast/reason-words.ts';
import { FORECAST } from '../../shared/forecast/forecast.ts';
import { capturedTerminal } from '../protocol/captured-terminal.ts';
import { COMMAND, keptFolder, runForecast } from './forecast-command.ts';
import { forecastWorld, type ForecastWorld } from './world.ts';

let world: ForecastWorld;
beforeAll(async () => {
  world = await forecastWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const PROMISED = 'dane.signed.example';
const FAILS = 'plain.unsigned.example';

test.each([
  ['seen to be good', ['--probe', PROMISED], 0],
  ['promised', [PROMISED], 75],
  ['not known', ['mail.bogus.example'], 75],
  ['no domain', ['[192.0.2.1]'], 75],
  ['bound to fail', [FAILS], 69],
  ['of several kinds, by the worst', ['--probe', PROMISED, FAILS, 'mail.bogus.example'], 69],
  ['of several kinds, none of which fails', ['--probe', PROMISED, 'mail.bogus.example'], 75],
] as const)('the exit status tells that domains are %s', async (_what, words, status) => {
  expect(await runForecast([...world.options(), ...words])).toMatchObject({ status });
});

test.each([
  ['nobody', [], 64],
  ['two things at once', ['--self', PROMISED, FAILS], 64],
  ['an option that there is not', ['--verify=false', PROMISED], 64],
  ['a resolver that is none', ['--resolver=dns', PROMISED], 78],
  ['a CA file that is not there', ['--ca=/nowhere.pem', PROMISED], 78],
] as const)(
  'who asks about %s learns what is wrong, and nobody is told',
  async (_what, words, status) => {
    const liar = await world.lying();
    const ended = await runForecast([`--resolver=${liar.address}`, ...words]);
    expect(ended).toMatchObject({ status, out: '' });
    expect(ended.err).toMatch(/^(?:requiretls|error): /);
    expect(liar.asked()).toEqual([]);
  },
);

test('--json is a versioned object with the forecasts in the order asked, each once', async () => {
  const asked = [FAILS, `ada@${PROMISED}`, 'BÜCHER.unsigned.example', FAILS];
  const { out, err } = await runForecast([...world.options(), '--json', ...asked]);
  const { version, domains, ...more } = JSON.parse(out);
  expect({ version, more, err }).toEqual({ version: 1, more: {}, err: '' });
  const forecasts = v.parse(v.array(FORECAST), domains);
  expect(forecasts.map(({ domain }) => domain)).toEqual([
    FAILS,
    PROMISED,
    'xn--bcher-kva.unsigned.example',
  ]);
});

test('what cannot be written is told, and ends with a status of its own', async () => {
  const full = await open('/dev/full', 'w');
  await using kept = await keptFolder();
  const words = [COMMAND, 'forecast', '--state', kept.folder, '[192.0.2.1]'];
  const stdio = ['ignore', full.fd, 'pipe'] as const;
  const { status, stderr } = spawnSync(process.execPath, words, {
    stdio: [...stdio],
    encoding: 'utf8',
  });
  await full.close();
  expect({ status, stderr }).toEqual({
    status: 74,
    stderr: expect.stringMatching(/^requiretls: the answer cannot be written \(ENOSPC.*\)\.\n$/),
  });
});

/** What is said, but for ages and line breaks. */
function wordsOf(text: string): string {
  return text.replaceAll(/\s+/g, '').replaceAll(/\([^)]*\)/g, '');
}

/** Runs the command in this process, on a terminal of a given width. */
async function onTerminal(columns: number | undefined, ...asked: readonly string[]) {
  await using kept = await keptFolder();
  const terminal = capturedTerminal({ columns });
  const flags = {
    state: kept.folder,
    resolver: world.validating,
    ca: world.caFile,
    rootAnchor: world.rootAnchorFile,
    policyPort: String(world.policyPort),
    mxPort: String(world.mxPort),
    allowSpecialAddresses: true,
  };
  await forecastCommand(asked, flags, terminal);
  return terminal.written();
}

test('one line a domain with verdict and reason comes first, then each fact with source and age', async () => {
  const { out, err } = await onTerminal(undefined, PROMISED, FAILS);
  const [promised = '', fails = ''] = out.split('\n\n');
  const [first = ''] = promised.split('\n');
  expect(first.startsWith(`${PROMISED}: ${verdictInWords('promised')}. `)).toBe(true);
  expect(first).toMatch(/dane-mx\.signed\.example.*\.$/);
  expect(promised).toMatch(/^  TLSA {12}dane-mx\.signed\.example: 3 1 1; .*, just now\)$/m);
  expect(fails.startsWith(`${FAILS}: ${verdictInWords('will fail')}. Nothing proves which`)).toBe(
    true,
  );
  expect(err).toBe('');
});

test.each([80, 60, 20])(
  'in a terminal of %i columns no line is longer, and all is there',
  async (columns) => {
    const { out } = await onTerminal(columns, PROMISED, 'many.signed.example');
    const wide = (await onTerminal(undefined, PROMISED, 'many.signed.example')).out;
    for (const line of out.split('\n'))
      expect(line.length).toBeLessThanOrEqual(Math.max(columns, 40));
    expect(wordsOf(out)).toBe(wordsOf(wide));
  },
);

test('F7: a person at a terminal reads whom the domains are told before anybody is', async () => {
  const { err } = await onTerminal(80, PROMISED);
  expect(err).toMatch(new RegExp(`^Asks ${world.validating}`));
  expect(err).toContain('policy host');
  expect(err).toContain('0 of 1');
});

test('F7: what stands before the @ leaves neither to the resolver nor to a policy host', async () => {
  const asked = ['first.secret', '"second@secret"', 'third,secret'].map(
    (local) => `${local}@enforced.unsigned.example`,
  );
  const liar = await world.lying();
  const ended = await runForecast([...world.options(liar.address), '--probe', '--json', ...asked]);
  const [forecast] = JSON.parse(ended.out).domains;
  expect(forecast.domain).toBe('enforced.unsigned.example');
  const left = [
    liar.received().toString('latin1'),
    world.policyHosts.requests().join(),
    world.mailServers.commands().join(),
  ];
  for (const octets of left) expect(octets).toMatch(/unsigned|EHLO/);
  for (const octets of [...left, ended.out, ended.err]) expect(octets).not.toContain('secret');
});

test('RFC 8689 §5: --self says whether bounces, which require TLS too, can reach me', async () => {
  const good = await runForecast([...world.options(), '--self', `ada@${PROMISED}`]);
  expect(good).toMatchObject({
    status: 75,
    out: expect.stringMatching(/^dane\.signed\.example: Bounces may reach you\./),
  });
  const bad = await runForecast([...world.options(), '--self', FAILS]);
  expect(bad).toMatchObject({
    status: 69,
    out: expect.stringMatching(/^plain.*: Bounces would not reach you/),
  });
});
