import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERDICTS } from '../../shared/forecast/forecast.ts';
import type { ForecastCase } from './forecast-case.ts';
import { FORECAST_CASES } from './forecast-cases.ts';
import { type Ended, keptFolder, runForecast } from './forecast-command.ts';
import { forecastRows, type ForecastRow, verdictRows } from './readme-rows.ts';
import { type ForecastWorld, forecastWorld } from './world.ts';

const rows = forecastRows();
const nameOf = ({ domain, has }: Pick<ForecastRow, 'domain' | 'has'>) => `${domain}: ${has}`;

let world: ForecastWorld;
beforeAll(async () => {
  world = await forecastWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test('README has a row for each forecast that is tested, and no other', () => {
  expect(rows.map(nameOf).toSorted()).toEqual(FORECAST_CASES.map(nameOf).toSorted());
});

test('README has words and exit status of each verdict', () => {
  expect(verdictRows().map(({ verdict }) => verdict)).toEqual(VERDICTS);
});

test('each domain of the test world is in the table', () => {
  const asked = new Set(FORECAST_CASES.map(({ domain }) => domainToASCII(domain)));
  const elsewhere = new Set(['loop-back.signed.example', 'parent.unsigned.example']);
  const others = world.domains.filter((domain) => !asked.has(domain) && !elsewhere.has(domain));
  expect(others).toEqual([]);
});

const named = rows.map((row) => [`${nameOf(row)}: ${row.verdict}`, row] as const);

test.concurrent.each(named)('%s', async (_, row) => {
  const found = FORECAST_CASES.find((one) => nameOf(one) === nameOf(row));
  const verdict = verdictRows().find((one) => one.verdict === row.verdict);
  if (found === undefined || verdict === undefined) throw new Error('no test knows this row');
  const { out, err, status } = await forecastInTime(found, row);
  const said = firstReasons(out, row.reasons);
  expect(said).toBe(`${domainToASCII(row.domain) || row.domain}: ${verdict.words}. ${row.reasons}`);
  expect(status).toBe(verdict.status);
  // No progress, since nobody looks on; and neither warnings nor faults.
  expect(err).toBe('');
});

/**
 * Asks again where the command had to give up on an answer that is on its way: this machine may
 * be busy with other tests. A row on silence expects it.
 */
async function forecastInTime(wanted: ForecastCase, { reasons }: ForecastRow): Promise<Ended> {
  for (let left = TRIES; ; left -= 1) {
    const ended = await forecastOf(wanted);
    const isLate = ended.out.includes(LATE) && !reasons.includes(LATE);
    if (!isLate || left === 0) return ended;
  }
}

const TRIES = 2;
const LATE = 'no answer came in time';

/** Of what the command wrote as many lines as README has of it, as one; the first one at least. */
function firstReasons(written: string, reasons: string): string {
  const [first = '', ...others] = written.split('\n');
  let said = first;
  for (const line of others) {
    if (!line.startsWith('  ') || !reasons.includes(line.trim())) break;
    said += ` ${line.trim()}`;
  }
  return said;
}

async function forecastOf(wanted: ForecastCase): Promise<Ended> {
  await using kept = await keptFolder();
  const { domain, probe, resolver = (one) => one.dot, validator = 'unbound-host' } = wanted;
  const programs = join(kept.folder, 'programs');
  await mkdir(programs);
  if (validator !== 'none') await symlink(`/usr/bin/${validator}`, join(programs, validator));
  const run = async (address: string) => {
    const options = world
      .options(address)
      .filter((option) => wanted.specialAddresses === undefined || option !== ALLOW);
    const words = [...options, ...(probe === true ? ['--probe'] : []), '--', domain];
    return await runForecast(words, kept.folder, { PATH: programs });
  };
  const honest = await resolver(world);
  const later = await wanted.before?.(world, async () => run(honest));
  return await run(later ?? honest);
}

const ALLOW = '--allow-special-addresses';
