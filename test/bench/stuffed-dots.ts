import { thisProxy, startField } from './contenders.ts';
import { median } from './load.ts';
import { oneByOne } from './measures.ts';
import type { Verdict } from './verdict.ts';

export const STUFFED_DOTS = 'loopback, STARTTLS, 20 MB with stuffed dots, against without';

const OCTETS = 20_000_000;
const MESSAGES = 4;

/** Two runs of the same thing differ by more than this on most machines. */
const NOISE = 0.05;

/**
 * Compares letters of one length, without and with a stuffed dot on every tenth line, round by
 * round. A relay that takes the dots off and puts them on again is slower with them.
 */
export async function compareStuffedDots(
  certificateFolder: string,
  rounds: number,
): Promise<Verdict> {
  const route = { tls: 'starttls', roundTripMs: 0 } as const;
  await using field = await startField(route, certificateFolder, [thisProxy]);
  const way = field.contenders.find(({ name }) => name === 'this proxy')?.way;
  if (way === undefined) throw new Error('the proxy is not there');

  const takenMs = async (stuffedDots: boolean) => {
    const load = { ...oneByOne(MESSAGES, OCTETS), letter: { octets: OCTETS, stuffedDots } };
    return (await field.mailPrograms.ask('send', { way, load })).medianMs;
  };
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const without = await takenMs(false);
    const reached = without / (await takenMs(true));
    if (round > 0) ratios.push(reached);
  }
  const reached = median(ratios);
  return {
    name: STUFFED_DOTS,
    figure: reached.toFixed(3),
    target: `≥ 1, less ${NOISE} of noise`,
    met: reached >= 1 - NOISE,
  };
}
