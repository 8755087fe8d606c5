import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { openFiles } from '../bench/process-usage.ts';
import { waitUntil } from '../wait-until.ts';

/** The variable that tells the observed process where to write. */
export const OBSERVATION_FILE = 'REQUIRETLS_OBSERVATION_FILE';

const WRITE_LIMIT_MS = 10_000;

/** Sessions may be closed some seconds after the mail program has gone. */
const REST_LIMIT_MS = 20_000;

const OBSERVATION = v.object({
  /** How many there were with it. */
  number: v.number(),
  /** Octets, after what nobody needs was thrown away. */
  heapUsed: v.number(),
  external: v.number(),
  rss: v.number(),
  /** What keeps the event loop, by Node's names. */
  handles: v.array(v.string()),
});

export type Observation = v.InferOutput<typeof OBSERVATION>;

/** What a process at rest holds. */
export type Rest = Observation & { readonly files: number };

/**
 * Waits until a process holds no more files than it did at first, or long enough to know that
 * it will not, and looks into it.
 *
 * @param number of this observation, from 1 on
 */
export async function observeAtRest(
  pid: number,
  file: string,
  number: number,
  atFirst: number,
): Promise<Rest> {
  const atRest = () => openFiles(pid) <= atFirst;
  await waitUntil(atRest, REST_LIMIT_MS, () => 'not at rest').catch(() => undefined);
  const files = openFiles(pid);
  process.kill(pid, 'SIGUSR2');
  const written = () => {
    const observation = readObservation(file);
    return observation?.number === number ? observation : undefined;
  };
  return { ...(await waitUntil(written, WRITE_LIMIT_MS, () => 'nothing observed')), files };
}

function readObservation(file: string): Observation | undefined {
  try {
    return v.parse(OBSERVATION, JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // not written yet
  }
}
