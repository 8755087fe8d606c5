/** Text under a title. */
export type Column = { readonly title: string; readonly lines: readonly string[] };

const NARROWEST = 36;
/** A terminal that says it is narrower does not know. */
const NARROWEST_LINE = 20;
const GAP = '  ';

/**
 * Sets columns side by side, as many as the line holds, the others below; long lines are broken
 * at blanks where that is possible.
 *
 * @param lineWidth characters a line holds
 */
export function columns(all: readonly Column[], lineWidth: number): string {
  const width = Math.max(lineWidth, NARROWEST_LINE);
  const fitting = Math.floor((width + GAP.length) / (NARROWEST + GAP.length));
  const beside = Math.max(1, Math.min(all.length, fitting));
  const each = Math.floor((width + GAP.length) / beside) - GAP.length;

  const rows: string[] = [];
  for (let at = 0; at < all.length; at += beside) {
    rows.push(row(all.slice(at, at + beside), each));
  }
  return rows.join('\n');
}

function row(columnsInRow: readonly Column[], width: number): string {
  const cells = columnsInRow.map(({ title, lines }) => [
    title,
    '-'.repeat(Math.min(width, title.length)),
    ...lines.flatMap((line) => broken(line, width)),
  ]);
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, y) =>
    cells
      .map((cell) => (cell[y] ?? '').padEnd(width))
      .join(GAP)
      .trimEnd(),
  )
    .map((line) => `${line}\n`)
    .join('');
}

/** Breaks a line at blanks where that is possible; the others begin with `indent`. */
export function broken(line: string, lineWidth: number, indent = '   '): readonly string[] {
  const width = Math.max(lineWidth, NARROWEST_LINE);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const at = blank > width / 2 ? blank : width;
    lines.push(rest.slice(0, at));
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
