import type { ContenderName } from './contenders.ts';
import type { Measure } from './measures.ts';
import type { Figures, Outcome } from './rounds.ts';
import { table } from './table.ts';
import { describe, ratio, type Verdict } from './verdict.ts';

/** One measure with what came out, and the most memory that the proxy has held meanwhile. */
export type Measured = {
  readonly measure: Measure;
  readonly outcome: Outcome;
  readonly proxyPeakMb: number;
};

/** The others, in the order of the columns. */
const OTHERS: readonly ContenderName[] = ['Postfix', 'nginx'];

export function figuresTable(measured: readonly Measured[]): string {
  const present = OTHERS.filter((name) => measured.some(({ outcome }) => outcome.has(name)));
  const heading = [
    'medians',
    'direct',
    'this proxy',
    'ratio',
    'CPU/message',
    'peak memory',
    ...present.flatMap((name) => [name, 'ratio to direct']),
  ];
  const rows = measured.map(({ measure, outcome, proxyPeakMb }) => {
    const shown = (name: ContenderName) => inWords(outcome.get(name), measure);
    const processorMs = outcome.get('this proxy')?.processorMs;
    return [
      describe(measure),
      shown('direct'),
      shown('this proxy'),
      ratio(outcome, measure.figure, 'direct')?.toFixed(3) ?? '',
      processorMs === undefined ? '' : `${processorMs.toFixed(2)} ms`,
      `${proxyPeakMb.toFixed(0)} MB`,
      ...present.flatMap((name) => [shown(name), toDirect(name, measure, outcome)]),
    ];
  });
  return table([heading, ...rows]);
}

function inWords(figures: Figures | undefined, { figure, load }: Measure): string {
  if (figures === undefined) return '–';
  const { latencyMs, deliveredPerSecond } = figures;
  if (figure === 'latencyMs') return `${latencyMs.toFixed(latencyMs < 10 ? 2 : 0)} ms`;
  if (load.letter.octets < 1_000_000) return `${deliveredPerSecond.toFixed(0)}/s`;
  return `${((deliveredPerSecond * load.letter.octets) / 1_000_000).toFixed(0)} MB/s`;
}

function toDirect(name: ContenderName, { figure }: Measure, outcome: Outcome): string {
  const theirs = outcome.get(name);
  const direct = outcome.get('direct');
  if (theirs === undefined || direct === undefined) return '–';
  return (theirs[figure] / direct[figure]).toFixed(3);
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, figure, target, met }) => [
    name,
    figure,
    target,
    met ? 'met' : 'MISSED',
  ]);
  return table([['promises', 'reached', 'target', ''], ...rows]);
}
