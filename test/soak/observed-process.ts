import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OBSERVATION_FILE, type Observation } from './observation.ts';

/**
 * Loaded into the proxy's process beside the proxy. On SIGUSR2 it throws away what nobody needs
 * any more and writes down what is left. Otherwise it does nothing.
 */
setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const file = process.env[OBSERVATION_FILE];
let number = 0;

process.on('SIGUSR2', () => {
  if (typeof collect !== 'function' || file === undefined)
    throw new Error('nothing to observe with');
  collect();
  collect();
  number += 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().toSorted();
  const observation: Observation = { number, heapUsed, external, rss, handles };
  // Whoever waits for it must not see half of it.
  writeFileSync(`${file}.new`, JSON.stringify(observation));
  renameSync(`${file}.new`, file);
});
