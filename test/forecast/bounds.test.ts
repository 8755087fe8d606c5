import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Forecasts } from '../../proxy/forecast/forecasts.ts';
import { parseResolver } from '../../proxy/forecast/dns/resolver-address.ts';
import { BUILT_IN_TRUST } from '../../proxy/submission/tls-profile.ts';
import { stoppedClock } from '../stopped-clock.ts';
import { keptFolder } from './forecast-command.ts';
import { manyDomains, type ManyDomainsManner } from './many-domains.ts';

/** RFC 5321 §5.1 has no limit; ten hosts, and three look-ups for each. */
const HOSTS = 10;
const AT_ONCE = 40;
const AT_ONCE_DOMAINS = 16;
const WAITING_DOMAINS = 200;

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
    probeWaitMs: 1000,
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

test('of a thousand new domains at once the last are looked up, and most of the others never', async () => {
  await using by = await forecastsBy({ delayMs: 5 });
  const asking = Array.from({ length: 10 }, async (_, at) =>
    by.forecasts.of(domains(100, at * 100), PATIENT),
  );
  const told = (await Promise.all(asking)).flat();
  const known = told.filter(({ forecast }) => forecast !== undefined);
  expect(known.length).toBe(AT_ONCE_DOMAINS + WAITING_DOMAINS);
  expect(known.at(-1)?.asked).toBe('d999.example');
  expect(askedAbout(by).size).toBe(known.length);
});

test('F7: what nobody asks for any more is not looked up when its turn comes', async () => {
  await using by = await forecastsBy({ delayMs: 1000 });
  await by.forecasts.of(domains(100), { probe: false, waitMs: 0 });
  // Somebody goes on asking for one of those that wait.
  const wanted = await by.forecasts.of(['d99.example'], PATIENT);
  expect(wanted[0]?.forecast).toBeDefined();
  const about = askedAbout(by);
  expect(about).toContain('d99.example');
  expect(about.size).toBeLessThan(50);
});

test('whoever waits at the end is told that nothing is known, and nothing goes on', async () => {
  await using by = await forecastsBy({ silent: true });
  using _clock = stoppedClock(); // no look-up ends by itself
  const asking = by.forecasts.of(domains(50), PATIENT);
  await expect.poll(() => by.server.asked.length).toBeGreaterThan(0);
  await by.forecasts.close();
  for (const { forecast } of await asking) expect(forecast?.verdict ?? 'unknown').toBe('unknown');
  const asked = by.server.asked.length;
  const [late] = await by.forecasts.of(['late.example'], PATIENT);
  expect(late?.forecast?.verdict ?? 'unknown').toBe('unknown');
  expect(by.server.asked).toHaveLength(asked);
});

/** The domains whose MX records were asked for. */
function askedAbout({ server }: Awaited<ReturnType<typeof forecastsBy>>): ReadonlySet<string> {
  return new Set(
    server.asked.flatMap((question) => (question.endsWith(' MX') ? question.split(' ', 1) : [])),
  );
}
