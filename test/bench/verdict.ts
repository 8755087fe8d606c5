import type { ContenderName } from './contenders.ts';
import type { Figure, Measure, Target } from './measures.ts';
import type { Outcome } from './rounds.ts';

/** Whether a promise is kept. */
export type Verdict = {
  readonly name: string;
  readonly figure: string;
  readonly target: string;
  readonly met: boolean;
};

/** This proxy's figure by another's. */
export function ratio(outcome: Outcome, figure: Figure, to: ContenderName): number | undefined {
  const ours = outcome.get('this proxy');
  const theirs = outcome.get(to);
  if (ours === undefined || theirs === undefined) return undefined;
  return ours[figure] / theirs[figure];
}

/** One for each target; none for a target to somebody who was left out. */
export function verdicts(measure: Measure, outcome: Outcome): readonly Verdict[] {
  return measure.targets.flatMap((target) => {
    const reached = ratio(outcome, measure.figure, target.to);
    if (reached === undefined) return [];
    return [
      {
        name: `${describe(measure)}, against ${target.to}`,
        figure: reached.toFixed(3),
        target: 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`,
        met: isMet(reached, target),
      },
    ];
  });
}

function isMet(reached: number, target: Target): boolean {
  return 'atMost' in target ? reached <= target.atMost : reached >= target.atLeast;
}

/** In one line: what is sent, over which TLS and over how long a wire. */
export function describe({ name, route }: Measure): string {
  const tls = route.tls === 'implicit' ? 'implicit TLS' : 'STARTTLS';
  return `${route.roundTripMs === 0 ? 'loopback' : `${route.roundTripMs} ms`}, ${tls}, ${name}`;
}
