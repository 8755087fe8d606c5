import { parseArgs } from 'node:util';
import { pairedProxy } from '../forecast/paired-proxy.ts';
import { forecastWorld, type ForecastWorld } from '../forecast/world.ts';
import { median } from './load.ts';
import { processorMs } from './process-usage.ts';

const usage = `npm run bench:forecast -- [--rounds N]

Says how long a compose window waits for forecasts: of 20 domains that nobody has looked up before,
and of the same ones again. Each look-up takes 20 ms more than this machine needs.
  --rounds N  measure each N times, with a new proxy, and take the median (3)
Exit status 1: a promise is not kept.
`;

const DOMAINS = 20;
const DELAY_MS = 20;
const PROMISED_MS = { cold: 5000, cached: 100 };

/** Answers come quickly from these, once they are asked. */
const QUICK = /^(?!slow|dead|private|many|servfail|unreachable)/;

type Way = { readonly name: string; readonly inside: readonly string[]; readonly probe: boolean };

const WITHOUT_VALIDATOR = ['env', 'PATH=/nowhere'];
const WAYS: readonly Way[] = [
  { name: 'validated here', inside: [], probe: false },
  { name: 'by the word of the resolver', inside: WITHOUT_VALIDATOR, probe: false },
  { name: 'validated here, mail servers looked at', inside: [], probe: true },
];

type Figures = {
  readonly coldMs: number;
  readonly cachedMs: number;
  /** Questions that reached the resolver, for all domains together. */
  readonly questions: number;
  readonly processorMs: number;
};

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
if (values.help || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 64);
}

const world = await forecastWorld();
try {
  const domains = world.domains.filter((domain) => QUICK.test(domain)).slice(0, DOMAINS);
  let isKept = true;
  for (const way of WAYS) {
    const measured: Figures[] = [];
    for (let round = 0; round < rounds; round += 1)
      measured.push(await measure(world, way, domains));
    const of = (figure: (one: Figures) => number) => Math.round(median(measured.map(figure)));
    const cold = of(({ coldMs }) => coldMs);
    const cached = of(({ cachedMs }) => cachedMs);
    isKept &&= cold < PROMISED_MS.cold && cached < PROMISED_MS.cached;
    process.stdout.write(
      `${domains.length} domains, ${way.name}: ${cold} ms cold, ${cached} ms cached; ` +
        `${of(({ questions }) => questions)} questions, ` +
        `${of((one) => one.processorMs)} ms of processor time in the proxy\n`,
    );
  }
  process.exitCode = isKept ? 0 : 1;
} finally {
  await world[Symbol.asyncDispose]();
}

async function measure(
  place: ForecastWorld,
  { inside, probe }: Way,
  domains: readonly string[],
): Promise<Figures> {
  const resolver = await place.lying({ delayMs: DELAY_MS });
  await using paired = await pairedProxy(place.options(resolver.address), { inside });
  await paired.ask({ ask: 'resolver' });
  const beforeMs = processorMs(paired.proxy.pid);
  const coldMs = await timed(async () => {
    const told = await paired.forecast(domains, { probe });
    if (told.some(({ forecast }) => forecast === undefined)) throw new Error('not all in time');
  });
  const questions = resolver.asked().length;
  const usedMs = processorMs(paired.proxy.pid) - beforeMs;
  const cachedMs = await timed(async () => {
    const told = await paired.forecast(domains, { probe, waitMs: 0 });
    if (told.some(({ forecast }) => forecast === undefined)) throw new Error('not all kept');
  });
  return { coldMs, cachedMs, questions, processorMs: usedMs };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
