import { thisProxy, startField } from './contenders.ts';
import { median } from './load.ts';
import { oneByOne } from './measures.ts';
import type { Verdict } from './verdict.ts';

export const STUFFED_DOTS = 'loopback, STARTTLS, 20 MB with stuffed dots, against without';

const OCTETS = 20_000_000;

/** Pairs of letters for each round of the other measurements: two of a kind differ by a tenth. */
const PAIRS_A_ROUND = 6;

/** So much do the medians of two such runs still differ, on a machine that does nothing else. */
const NOISE = 0.05;

/**
 * Compares letters of one length, without and with a stuffed dot on every tenth line, by turns.
 * A relay that takes the dots off and puts them on again is slower with them.
 */
export async function compareStuffedDots(
  certificateFolder: string,
  rounds: number,
): Promise<Verdict> {
  const route = { tls: 'starttls', roundTripMs: 0 } as const;
  await using field = await startField(route, certificateFolder, [thisProxy]);
  const way = field.contenders.find(({ name }) => name === 'this proxy')?.way;
  if (way === undefined) throw new Error('the proxy is not there');

  const takenMs = { with: [] as number[], without: [] as number[] };
  const send = async (dots: keyof typeof takenMs) => {
    const letter = { octets: OCTETS, stuffedDots: dots === 'with' };
    const load = { ...oneByOne(1, OCTETS), letter };
    takenMs[dots].push((await field.mailPrograms.ask('send', { way, load })).medianMs);
  };
  for (let pair = 0; pair < rounds * PAIRS_A_ROUND; pair += 1) {
    await send(pair % 2 === 0 ? 'with' : 'without');
    await send(pair % 2 === 0 ? 'without' : 'with');
  }
  const reached = median(takenMs.without) / median(takenMs.with);
  return {
    name: STUFFED_DOTS,
    figure: reached.toFixed(3),
    target: `≥ 1, less ${NOISE} of noise`,
    met: reached >= 1 - NOISE,
  };
}
