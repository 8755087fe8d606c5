import { cellsOf, README } from '../readme.ts';

/** A row of README's table of forecasts. */
export type ForecastRow = {
  readonly domain: string;
  readonly has: string;
  readonly verdict: string;
  /** What the command's first line says behind the domain. */
  readonly says: string;
};

const TITLES = ['Domain', 'What it has', 'Verdict', 'The command says'];

/** The rows of README's tables of forecasts, in their order. */
export function forecastRows(): readonly ForecastRow[] {
  const lines = README.split('\n');
  const heads = lines.flatMap((line, at) =>
    line.startsWith('|') && cellsOf(line).join('|') === TITLES.join('|') ? [at] : [],
  );
  return heads.flatMap((head) => {
    const below = lines.slice(head + 2);
    const end = below.findIndex((line) => !line.startsWith('|'));
    return below.slice(0, end).map(rowOf);
  });
}

function rowOf(line: string): ForecastRow {
  const [domain = '', has = '', verdict = '', says = ''] = cellsOf(line);
  return { domain: domain.replaceAll('`', ''), has, verdict, says };
}
