import { expect, test } from 'vitest';
import { momentFrom } from '../../proxy/commands/moment.ts';

const NOON = new Date(2026, 10, 22, 12, 0, 0).getTime();
const MINUTE_MS = 60_000;

test.each(['2026-02-30', '2026-11-31', '2026-13-01', '2026-00-10', '2025-02-29'])(
  '%s is no day, and so no moment',
  (written) => expect(momentFrom(written, NOON)).toBeUndefined(),
);

test('a leap day is a day', () => {
  expect(momentFrom('2028-02-29', NOON)).toBe(new Date(2028, 1, 29).getTime());
});

test.each([
  ['today', new Date(2026, 10, 22)],
  ['30m', new Date(NOON - 30 * MINUTE_MS)],
  ['2h', new Date(NOON - 120 * MINUTE_MS)],
  ['3d', new Date(NOON - 3 * 1440 * MINUTE_MS)],
  ['1w', new Date(NOON - 7 * 1440 * MINUTE_MS)],
  ['2026-11-01', new Date(2026, 10, 1)],
  ['2026-11-01T08:30', new Date(2026, 10, 1, 8, 30)],
  ['2026-11-01 08:30:15', new Date(2026, 10, 1, 8, 30, 15)],
  ['2026-11-01T08:30:00Z', new Date(Date.UTC(2026, 10, 1, 8, 30))],
  ['2026-11-01T08:30+01:00', new Date(Date.UTC(2026, 10, 1, 7, 30))],
])('"%s" is the moment that a person means by it', (written, moment) => {
  expect(momentFrom(written, NOON)).toBe(moment.getTime());
});
