/**
 * The line of a key in a configuration file, or of its table when the key is missing.
 *
 * @param key path of the key, with an index for each `[[account]]`
 * @returns counted from 1; undefined where neither is found
 */
export function lineOfKey(text: string, key: readonly PropertyKey[]): number | undefined {
  const lines = text.split('\n');
  const table = lineOfTable(lines, key);
  const last = String(key.findLast((part) => typeof part !== 'number'));
  const at = lines.findIndex(
    (line, n) => n >= (table ?? 0) && line.trimStart().replaceAll('"', '').startsWith(last),
  );
  if (at !== -1) return at + 1;
  return table === undefined ? undefined : table + 1;
}

/** The line, counted from 0, in which the table of a key begins; undefined for a key in none. */
function lineOfTable(
  lines: readonly string[],
  [table, index]: readonly PropertyKey[],
): number | undefined {
  if (table === 'account' && typeof index === 'number') {
    const tables = lines.flatMap((line, at) =>
      /^\s*\[\[\s*account\s*\]\]/.test(line) ? [at] : [],
    );
    return tables[index] ?? 0;
  }
  if (table !== 'forecast') return undefined;
  const at = lines.findIndex((line) => /^\s*(?:\[\s*forecast\s*\]|forecast\b)/.test(line));
  return at === -1 ? undefined : at;
}
