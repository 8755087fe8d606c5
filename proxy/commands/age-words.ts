const UNITS = [
  { name: 'day', ms: 24 * 60 * 60_000 },
  { name: 'hour', ms: 60 * 60_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1000 },
] as const;

/** Shorter, and it is now. */
const NOW_MS = 2000;

/** How long ago something was: `just now`, `1 minute ago`, `3 days ago`. */
export function ageInWords(ageMs: number): string {
  const unit = UNITS.find(({ ms }) => ageMs >= ms);
  if (unit === undefined || ageMs < NOW_MS) return 'just now';
  const count = Math.floor(ageMs / unit.ms);
  return `${count} ${unit.name}${count === 1 ? '' : 's'} ago`;
}
