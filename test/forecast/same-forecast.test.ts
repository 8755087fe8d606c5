import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Forecast } from '../../shared/forecast/forecast.ts';
import { runForecast } from './forecast-command.ts';
import { pairedProxy } from './paired-proxy.ts';
import { forecastWorld, type ForecastWorld } from './world.ts';

let world: ForecastWorld;
beforeAll(async () => {
  world = await forecastWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** The octets, but for the ages. */
function withoutAges(forecast: Forecast | undefined): string {
  return JSON.stringify(forecast ?? null).replaceAll(/"ageMs":\d+/g, '"ageMs":0');
}

/** Of those that all name servers of the world answer quickly. */
const SOME = /^(?!slow|dead|private|many|big|servfail)/;

test.each([
  ['what is looked up alone', [], false],
  ['what mail servers show too', ['--probe'], true],
] as const)(
  'forecast --json is octet for octet what the compose window is told: %s',
  { timeout: 180_000 },
  async (_what, words, probe) => {
    const options = world.options();
    await using paired = await pairedProxy(options);
    const domains = [
      ...world.domains.filter((domain) => SOME.test(domain)),
      '[192.0.2.1]',
      'nodomain',
    ];
    const { out } = await runForecast([...options, ...words, '--json', ...domains]);
    const command: { domains: readonly Forecast[] } = JSON.parse(out);
    expect(command.domains).toHaveLength(domains.length);

    // A mail server that takes its time is told of as soon as somebody asks again.
    await expect
      .poll(
        async () => {
          const told = await paired.forecast(domains, { probe });
          expect(told.map(({ asked }) => asked)).toEqual(domains);
          return told.map(({ forecast }) => withoutAges(forecast));
        },
        { timeout: 120_000, interval: 500 },
      )
      .toEqual(command.domains.map(withoutAges));
  },
);

test('what is not known in time is told when it is: a slow name server holds nothing else up', async () => {
  const liar = await world.lying({
    answers: ({ name }) => (name.startsWith('plain') ? 'nothing' : undefined),
  });
  await using paired = await pairedProxy(world.options(liar.address));
  const domains = ['plain.unsigned.example', 'dane.signed.example'];
  const known: string[] = [];
  await expect
    .poll(
      async () => {
        for (const { asked, forecast } of await paired.forecast(domains, { waitMs: 0 })) {
          if (forecast && !known.includes(asked)) known.push(asked, forecast.verdict);
        }
        return known;
      },
      { timeout: 40_000 },
    )
    .toEqual(['dane.signed.example', 'promised', 'plain.unsigned.example', 'unknown']);
});

test('F7: the question whom domains would be told is answered without telling anybody', async () => {
  const liar = await world.lying();
  await using paired = await pairedProxy(world.options(liar.address));
  expect(await paired.ask({ ask: 'resolver' })).toMatchObject({
    resolver: liar.address,
    inClear: false,
  });
  expect(liar.asked()).toEqual([]);
});

test('the log of the proxy names no domain', async () => {
  await using paired = await pairedProxy(world.options());
  await paired.forecast(['dane.signed.example', 'plain.unsigned.example', 'oops']);
  expect(await paired.proxy.stop()).toBe(0);
  expect(paired.proxy.log()).not.toMatch(/signed\.example|oops/);
});

test('a proxy that is stopped while no name server answers ends as any other', async () => {
  const liar = await world.lying({ answers: () => 'nothing' });
  await using paired = await pairedProxy(world.options(liar.address));
  const domains = ['plain.unsigned.example', 'dane.signed.example'];
  await paired.forecast(domains, { probe: true, waitMs: 0 });
  await expect.poll(() => liar.asked().length).toBeGreaterThan(0);
  expect(await paired.proxy.stop()).toBe(0);
});
