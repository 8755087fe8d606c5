import type { NoAnswer } from '../sealed-channel.ts';
import { askForecasts, type Forecasts } from './ask-forecasts.ts';

/** So long is waited for all of them together; what is not known then is said to be unknown. */
const LIMIT_MS = 5_000;
/** Between two answers, so that each forecast is shown soon after it is there. */
const STEP_MS = 500;

/** What is known of domains by now. */
export type Look = {
  readonly found: Forecasts;
  /** Whether more may come. */
  readonly isLooking: boolean;
  readonly noAnswer?: NoAnswer;
};

/**
 * Asks about domains until all is known or the time is over.
 *
 * @param show is called with what the proxy has kept, at once, and then with what is new; it answers
 *   whether anybody still wants to know
 * @returns what was shown last
 */
export async function lookAtDomains(
  domains: readonly string[],
  probe: boolean,
  show: (look: Look) => boolean | Promise<boolean>,
): Promise<Look> {
  const until = performance.now() + LIMIT_MS;
  let look: Look = { found: new Map(), isLooking: true };
  for (let waitMs = 0; look.isLooking; waitMs = STEP_MS) {
    const notBefore = performance.now() + waitMs;
    const missing = domains.filter((domain) => !look.found.has(domain));
    const asked = await askForecasts(missing, probe, waitMs);
    look = 'no' in asked ? stopped(look, asked) : withMore(look, asked.found, domains, until);
    if (!(await show(look))) break;
    // A proxy that does not wait is not asked all the time.
    if (look.isLooking) await pauseUntil(notBefore);
  }
  return look;
}

function stopped({ found }: Look, noAnswer: NoAnswer): Look {
  return { found, isLooking: false, noAnswer };
}

function withMore(look: Look, more: Forecasts, domains: readonly string[], until: number): Look {
  const found = new Map([...look.found, ...more]);
  const isAll = domains.every((domain) => found.has(domain));
  return { found, isLooking: !isAll && performance.now() < until };
}

async function pauseUntil(moment: number): Promise<void> {
  const leftMs = moment - performance.now();
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
