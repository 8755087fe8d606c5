import { createHash } from 'node:crypto';
import { startField, thisProxy } from './contenders.ts';
import { letter } from './letter.ts';
import { oneByOne } from './measures.ts';
import { forgetPeak, peakMb, residentMb } from './process-usage.ts';
import type { Load } from './load.ts';
import type { Verdict } from './verdict.ts';

const MB = 1_000_000;

/** What the proxy may hold more than it did when it had just begun to listen, in megabytes. */
export const MEMORY_LIMITS: readonly { name: string; load: Load; limitMb: number }[] = [
  { name: '200 MB message', load: oneByOne(1, 200 * MB), limitMb: 45 },
  {
    name: 'ten 100 MB messages at once',
    load: { ...oneByOne(10, 100 * MB), atOnce: 10 },
    limitMb: 64,
  },
];

/**
 * Sends through a fresh proxy, and compares the most memory that it ever held with what it held
 * when it began to listen. Each message must arrive as it was, octet for octet.
 *
 * @throws Error when a message was changed
 */
export async function measureMemory(
  { name, load, limitMb }: (typeof MEMORY_LIMITS)[number],
  certificateFolder: string,
): Promise<Verdict> {
  const route = { tls: 'starttls', roundTripMs: 0 } as const;
  await using field = await startField(route, certificateFolder, [thisProxy], true);
  const proxy = field.contenders.find((contender) => contender.name === 'this proxy');
  if (proxy?.pid === undefined) throw new Error('the proxy is not there');

  const idleMb = residentMb(proxy.pid);
  forgetPeak(proxy.pid);
  await field.mailPrograms.ask('send', { way: proxy.way, load });
  const overIdleMb = peakMb(proxy.pid) - idleMb;

  const sent = createHash('sha256').update(letter(load.letter)).digest('hex');
  const arrived = (await field.sink.ask('messages')).map(({ sha256 }) => sha256);
  if (arrived.length !== load.messages || arrived.some((hash) => hash !== sent)) {
    throw new Error(`${name}: ${arrived.length} arrived, and not all as they were sent`);
  }
  return {
    name: `memory over the idle process, ${name}, octet-exact`,
    figure: `${overIdleMb.toFixed(1)} MB`,
    target: `≤ ${limitMb} MB`,
    met: overIdleMb <= limitMb,
  };
}
