import { median } from '../bench/load.ts';
import type { Rest } from './observation.ts';

export type Grown = {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
};

const MB = 1_000_000;

/** Caches fill and code is compiled while the first messages come. */
const WARM_UP_SHARE = 0.25;

/**
 * How much a process has grown between the first and the last third of its rests, the warming
 * up not counted. A leak of a hundred octets a message is above the limit for the heap after
 * ten minutes of 20 messages a second (1.2 MB); what is resident moves by some megabytes by
 * itself, since freed memory does not all go back.
 */
export function growth(rests: readonly Rest[]): readonly Grown[] {
  const warm = rests.slice(Math.ceil(rests.length * WARM_UP_SHARE));
  const third = Math.max(1, Math.floor(warm.length / 3));
  const early = warm.slice(0, third);
  const late = warm.slice(-third);
  const grown = (name: string, limit: number, of: (rest: Rest) => number): Grown => ({
    name,
    from: median(early.map(of)),
    to: median(late.map(of)),
    limit,
  });
  return [
    grown('heap, MB', 1, ({ heapUsed }) => heapUsed / MB),
    grown('buffers, MB', 1, ({ external }) => external / MB),
    grown('resident, MB', 8, ({ rss }) => rss / MB),
    grown('open files', 0, ({ files }) => files),
    grown('handles', 0, ({ handles }) => handles.length),
  ];
}

export function isGrown({ from, to, limit }: Grown): boolean {
  return !(to - from <= limit);
}
