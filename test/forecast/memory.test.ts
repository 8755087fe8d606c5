import { expect, test } from 'vitest';
import { residentMb } from '../bench/process-usage.ts';
import { manyDomains } from './many-domains.ts';
import { pairedProxy } from './paired-proxy.ts';

const DOMAINS = 10_000;
/** The caches are full by then, and code is compiled. */
const WARM = 2000;
const AT_ONCE = 100;
/** What was freed does not all go back to the system at once. */
const LIMIT_MB = 10;

/**
 * Node leaves old things lying until there are many: with less room it does not. No validator is
 * found on that PATH; what lives only as long as a look-up is another matter.
 */
const INSIDE = [
  'env',
  'PATH=/nowhere',
  'NODE_OPTIONS=--max-old-space-size=40 --max-semi-space-size=2',
];

test(
  'ten thousand domains leave no more behind than two thousand',
  { timeout: 180_000 },
  async () => {
    await using server = await manyDomains();
    await using paired = await pairedProxy([`--resolver=${server.address}`], { inside: INSIDE });
    const { pid } = paired.proxy;

    let warmMb = 0;
    for (let from = 0; from < DOMAINS; from += AT_ONCE) {
      const domains = Array.from({ length: AT_ONCE }, (_, at) => `d${from + at}.example`);
      let told = await paired.forecast(domains);
      while (told.some(({ forecast }) => forecast === undefined)) {
        told = await paired.forecast(domains);
      }
      if (from === WARM) warmMb = residentMb(pid);
    }
    expect(residentMb(pid) - warmMb).toBeLessThan(LIMIT_MB);
  },
);
