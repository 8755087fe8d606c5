import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeServerCertificate } from '../servers/server-certificate.ts';
import { startField, thisProxy, thisProxyComposing, type Entrant } from './contenders.ts';
import { FURTHER, PROMISED, type Measure } from './measures.ts';
import { MEMORY_LIMITS, measureMemory } from './memory.ts';
import { present } from './present.ts';
import { forgetPeak, peakMb } from './process-usage.ts';
import { figuresTable, verdictTable, type Measured } from './report.ts';
import { compare } from './rounds.ts';
import { compareStuffedDots, STUFFED_DOTS } from './stuffed-dots.ts';
import { describe, verdicts, type Verdict } from './verdict.ts';

const usage = `npm run bench -- [--quick] [--rounds N] [--json] [WORDS]

Compares ways to send mail, side by side on this machine. WORDS choose what has them in its name.
  --quick     only what is promised; without it, every axis
  --rounds N  measure each N times and take the median (5)
  --json      one JSON object on standard output
Exit status 1: a promise is not kept.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
if (values.help || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 64);
}
const isChosen = (name: string) => name.includes(positionals.join(' '));
const tell = (text: string) => process.stderr.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), 'requiretls-bench-'));
try {
  await writeServerCertificate(folder);
  const { entrants, leftOut } = await present();
  for (const reason of leftOut) tell(`Left out: ${reason}`);

  const measured: Measured[] = [];
  const all = values.quick ? PROMISED : [...PROMISED, ...FURTHER];
  for (const measure of all.filter((one) => isChosen(describe(one)))) {
    tell(`Measuring ${describe(measure)} …`);
    measured.push(await measureOne(measure, entrants));
  }
  const kept: Verdict[] = measured.flatMap(({ measure, outcome }) => verdicts(measure, outcome));
  if (isChosen(STUFFED_DOTS)) {
    tell(`Measuring ${STUFFED_DOTS} …`);
    kept.push(await compareStuffedDots(folder, rounds));
  }
  for (const limit of MEMORY_LIMITS.filter(({ name }) => isChosen(`memory of ${name}`))) {
    tell(`Measuring the memory of ${limit.name} …`);
    kept.push(await measureMemory(limit, folder));
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ measured: measured.map(plain), promises: kept, leftOut })}\n`
      : `\n${figuresTable(measured)}\n${verdictTable(kept)}`,
  );
  process.exitCode = kept.every(({ met }) => met) ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measureOne(measure: Measure, entrants: readonly Entrant[]): Promise<Measured> {
  const ours = measure.composing === true ? thisProxyComposing : thisProxy;
  const others = measure.withOthers ? entrants : [];
  await using field = await startField(measure.route, folder, [ours, ...others]);
  const pid = field.contenders.find(({ name }) => name === 'this proxy')?.pid;
  if (pid === undefined) throw new Error('the proxy is not there');
  forgetPeak(pid);
  const outcome = await compare(field, measure.load, rounds);
  return { measure, outcome, proxyPeakMb: peakMb(pid) };
}

/** JSON knows no maps. */
function plain({ measure, outcome, proxyPeakMb }: Measured) {
  return { ...measure, outcome: Object.fromEntries(outcome), proxyPeakMb };
}
