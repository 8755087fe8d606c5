const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 60 * 60_000,
  d: 24 * 60 * 60_000,
  w: 7 * 24 * 60 * 60_000,
};

/** A date, or a date and a time; without a zone the clock on the wall is meant. */
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The moment that a person means: `today`, `2h`, `3d`, `2026-11-22`, `2026-11-22T08:30`.
 *
 * @param now milliseconds since 1970, as is the result
 * @returns undefined when no moment is meant
 */
export function momentFrom(written: string, now: number): number | undefined {
  if (written === 'today') return new Date(now).setHours(0, 0, 0, 0);

  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(written) ?? [];
  if (count !== undefined) return now - Number(count) * (UNITS_MS[unit] ?? 0);

  if (!DATE.test(written)) return undefined;
  // A date alone would be read as UTC.
  const moment = Date.parse(written.length === 10 ? `${written}T00:00` : written.replace(' ', 'T'));
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = Number(written.slice(8, 10));
  const lastDay = new Date(Number(written.slice(0, 4)), Number(written.slice(5, 7)), 0).getDate();
  return Number.isNaN(moment) || day > lastDay ? undefined : moment;
}
