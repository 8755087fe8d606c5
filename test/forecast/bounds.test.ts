import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Forecasts } from '../../proxy/forecast/forecasts.ts';
import { parseResolver } from '../../proxy/forecast/resolver-address.ts';
import { BUILT_IN_TRUST } from '../../proxy/submission/tls-profile.ts';
import { keptFolder } from './forecast-command.ts';
import { manyDomains, type ManyDomainsManner } from './many-domains.ts';

/** RFC 5321 §5.1 has no limit; ten hosts, and three look-ups for each. */
const HOSTS = 10;
const AT_ONCE = 40;

/** Forecasts by a resolver on this computer, and no validator. */
async function forecastsBy(manner: ManyDomainsManner) {
  const server = await manyDomains(manner);
  const kept = await keptFolder();
  const forecasts = await Forecasts.open({
    configuration: {
      resolver: parseResolver(server.address),
      probe: false,
      policyPort: 443,
      mxPort: 25,
      trust: BUILT_IN_TRUST,
      rootAnchorFile: undefined,
      allowSpecialAddresses: false,
    },
    stateFolder: kept.folder,
    environment: {},
    log: pino({ level: 'silent' }),
  });
  return {
    forecasts,
    server,
    async [Symbol.asyncDispose]() {
      await forecasts.close();
      await server[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
    },
  };
}

function domains(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, at) => `d${from + at}.example`);
}

const PATIENT = { probe: false, waitMs: 30_000 };

test('F7: of a domain with twelve mail hosts ten are asked for, each question once', async () => {
  await using by = await forecastsBy({ hosts: 12, validates: true });
  const [one] = await by.forecasts.of(['d.example'], PATIENT);
  expect(one?.forecast).toBeDefined();
  const asked = by.server.asked.filter((question) => !question.endsWith(' SOA'));
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.length).toBe(2 + 3 * HOSTS);
});

test('twenty domains are looked up at once, within bounds, and then not again', async () => {
  await using by = await forecastsBy({ delayMs: 20, validates: true });
  const cold = await by.forecasts.of(domains(20), PATIENT);
  expect(cold.every(({ forecast }) => forecast !== undefined)).toBe(true);
  expect(by.server.mostAtOnce()).toBeGreaterThan(10);
  expect(by.server.mostAtOnce()).toBeLessThanOrEqual(AT_ONCE);

  const asked = by.server.asked.length;
  const cached = await by.forecasts.of(domains(20), { probe: false, waitMs: 0 });
  expect(cached.map(({ forecast }) => forecast?.verdict)).toEqual(
    cold.map(({ forecast }) => forecast?.verdict),
  );
  expect(by.server.asked).toHaveLength(asked);
});

test('windows that ask for the same domain at the same time cause its look-ups once', async () => {
  await using by = await forecastsBy({ delayMs: 20 });
  const windows = Array.from({ length: 50 }, () => by.forecasts.of(['d.example'], PATIENT));
  const told = await Promise.all(windows);
  expect(new Set(told.map(([one]) => one?.forecast?.verdict)).size).toBe(1);
  expect(by.server.asked.filter((question) => question === 'd.example MX')).toHaveLength(1);
});

test('a thousand new domains in a second are not all looked up, and the last of them are', async () => {
  await using by = await forecastsBy({ silent: true });
  const asking = Array.from({ length: 10 }, async (_, at) =>
    by.forecasts.of(domains(100, at * 100), { probe: false, waitMs: 100 }),
  );
  for (const told of await Promise.all(asking)) {
    for (const one of told) expect(one.forecast).toBeUndefined();
  }
  expect(by.server.mostAtOnce()).toBeLessThanOrEqual(2 * AT_ONCE);
});

test('whoever waits at the end is told that nothing is known, and nothing goes on', async () => {
  await using by = await forecastsBy({ silent: true });
  const asking = by.forecasts.of(domains(50), PATIENT);
  await expect.poll(() => by.server.asked.length).toBeGreaterThan(0);
  await by.forecasts.close();
  const told = await asking;
  expect(
    told.every(({ forecast }) => forecast === undefined || forecast.verdict === 'unknown'),
  ).toBe(true);
});
