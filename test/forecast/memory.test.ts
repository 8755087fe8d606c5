import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { manyDomains } from './many-domains.ts';
import { pairedProxy } from './paired-proxy.ts';

const DOMAINS = 10_000;
/** The caches are full by then, and code is compiled: what is left behind grows up to 4000 and no more. */
const WARM = 5000;
const AT_ONCE = 100;
/** 0.4 kB for each domain that came later; all forecasts, were they kept, are nine. */
const LIMIT_MB = 2;

/**
 * Runs in the proxy before its own code: at a signal it collects what nobody holds, and writes down what
 * is left. What is resident tells less: it goes up and down by twelve MB with the collections.
 */
const COLLECTOR = `
  import { writeFileSync } from 'node:fs';
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  let looks = 0;
  process.on('SIGUSR2', () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    looks += 1;
    writeFileSync(process.env.LEFT_BEHIND, looks + ' ' + (heapUsed + external) / 2 ** 20);
  });`;

test(
  'ten thousand domains leave no more behind than five thousand',
  { timeout: 180_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'requiretls-memory-'));
    try {
      const file = join(folder, 'left-behind');
      const collector = encodeURIComponent(COLLECTOR);
      // No validator is found on that PATH; what lives only as long as a look-up is another matter.
      const inside = [
        'env',
        'PATH=/nowhere',
        `LEFT_BEHIND=${file}`,
        `NODE_OPTIONS=--import=data:text/javascript,${collector}`,
      ];
      await using server = await manyDomains();
      await using paired = await pairedProxy([`--resolver=${server.address}`], { inside });
      let looks = 0;
      const leftBehindMb = async (): Promise<number> => {
        looks += 1;
        process.kill(paired.proxy.pid, 'SIGUSR2');
        return await waitUntil(
          async () => {
            const [look, mb] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
            return Number(look) === looks && mb !== undefined ? Number(mb) : undefined;
          },
          20_000,
          () => 'the proxy does not say what is left behind',
        );
      };

      let warmMb = Number.NaN;
      for (let from = 0; from < DOMAINS; from += AT_ONCE) {
        const domains = Array.from({ length: AT_ONCE }, (_, at) => `d${from + at}.example`);
        let told = await paired.forecast(domains);
        while (told.some(({ forecast }) => forecast === undefined)) {
          told = await paired.forecast(domains);
        }
        if (from === WARM) warmMb = await leftBehindMb();
      }
      expect((await leftBehindMb()) - warmMb).toBeLessThan(LIMIT_MB);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
