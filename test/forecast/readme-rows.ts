import { cellsOf, README } from '../readme.ts';

/** A row of README's tables of forecasts. */
export type ForecastRow = {
  readonly domain: string;
  readonly has: string;
  readonly verdict: string;
  /** The first reason, and where they matter those after it. */
  readonly reasons: string;
};

/** What a verdict is in the words of the command, and the exit status that it ends with. */
export type VerdictRow = {
  readonly verdict: string;
  readonly words: string;
  readonly status: number;
};

export function forecastRows(): readonly ForecastRow[] {
  const titles = ['Domain', 'What it has', 'Verdict', 'The reason, as the command gives it'];
  return rowsBelow(titles).map(([domain = '', has = '', verdict = '', reasons = '']) => ({
    domain: domain.replaceAll('`', ''),
    has,
    verdict,
    reasons,
  }));
}

export function verdictRows(): readonly VerdictRow[] {
  return rowsBelow(['Verdict', 'In words', 'Exit status']).map(
    ([verdict = '', words = '', status = '']) => ({ verdict, words, status: Number(status) }),
  );
}

/** The cells of all rows of the tables with these titles. */
function rowsBelow(titles: readonly string[]): readonly (readonly string[])[] {
  const lines = README.split('\n');
  const heads = [...lines.keys()].filter((at) => lines[at]?.startsWith('|'));
  return heads
    .filter((at) => cellsOf(lines[at] ?? '').join('|') === titles.join('|'))
    .flatMap((head) => {
      const below = lines.slice(head + 2);
      return below.slice(
        0,
        below.findIndex((line) => !line.startsWith('|')),
      );
    })
    .map(cellsOf);
}
