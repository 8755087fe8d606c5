import type { ProbeFact } from './facts.ts';

/** So long what was seen of a mail server may exclude it. */
const EXCLUDES_FOR_MS = 3_600_000;

/**
 * Whether what was seen may still exclude the host. Faults are mended, certificates renewed, and
 * the network that meddled was another one: what was seen yesterday excludes nothing today.
 */
export function stillExcludes({ ageMs }: ProbeFact): boolean {
  return ageMs <= EXCLUDES_FOR_MS;
}
