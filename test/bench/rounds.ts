import type { Contender, ContenderName, Field } from './contenders.ts';
import { median, type Load } from './load.ts';
import { processorMs } from './process-usage.ts';

/** What one contender needed, as medians over the rounds. */
export type Figures = {
  /** For one message, from the call to the reply to its final dot. */
  readonly latencyMs: number;
  /** Messages that the submission server had taken, by the time that took. */
  readonly deliveredPerSecond: number;
  /** Of the contender's process, for one message. */
  readonly processorMs?: number;
};

export type Outcome = ReadonlyMap<ContenderName, Figures>;

/**
 * Sends the same load every way, round by round, so that what else the machine does hits all of
 * them alike. The first round warms everybody up and is not counted.
 */
export async function compare(field: Field, load: Load, rounds: number): Promise<Outcome> {
  const measured = new Map<ContenderName, Figures[]>();
  for (let round = 0; round <= rounds; round += 1) {
    // Whoever comes second profits from what the first has left in the caches, so they take turns.
    const order = round % 2 === 0 ? field.contenders : field.contenders.toReversed();
    for (const contender of order) {
      const figures = await sendOnce(field, contender, load);
      if (round > 0)
        measured.set(contender.name, [...(measured.get(contender.name) ?? []), figures]);
    }
  }
  return new Map([...measured].map(([name, figures]) => [name, medians(figures)]));
}

async function sendOnce(field: Field, contender: Contender, load: Load): Promise<Figures> {
  const { name, way, pid } = contender;
  const used = () => (pid === undefined ? NaN : processorMs(pid));
  const usedBefore = used();
  const { medianMs, beganAt } = await field.mailPrograms.ask('send', { way, load });
  const { counts, lastAt } = await field.sink.ask('countsAt', load.messages);
  if (
    counts.messages !== load.messages ||
    counts.recipients !== load.messages * load.recipients ||
    counts.aborted > 0
  ) {
    throw new Error(`${name} delivered ${JSON.stringify(counts)} of ${JSON.stringify(load)}`);
  }
  return {
    latencyMs: medianMs,
    deliveredPerSecond: (1000 * load.messages) / Math.max(1, lastAt - beganAt),
    ...(pid === undefined ? {} : { processorMs: (used() - usedBefore) / load.messages }),
  };
}

function medians(figures: readonly Figures[]): Figures {
  const used = figures.map((figure) => figure.processorMs).filter((ms) => ms !== undefined);
  return {
    latencyMs: median(figures.map(({ latencyMs }) => latencyMs)),
    deliveredPerSecond: median(figures.map((figure) => figure.deliveredPerSecond)),
    // The kernel counts in steps of 10 ms, which a median of single rounds would show.
    ...(used.length === 0 ? {} : { processorMs: used.reduce((a, b) => a + b, 0) / used.length }),
  };
}
