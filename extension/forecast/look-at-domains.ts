import { isLate, type NoAnswer } from '../sealed-channel.ts';
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

type Asking = {
  readonly domains: readonly string[];
  /** Whether mail servers may be connected to. */
  readonly probe: boolean;
  /** Asked before each question: nobody is told of a domain that nobody wants to know about. */
  readonly isWanted: () => boolean | Promise<boolean>;
  /** Called with what the proxy has kept, at once, and then with what is new. */
  readonly show?: (look: Look) => void;
};

/**
 * Asks about domains until all is known, the time is over, or nobody wants to know any more.
 *
 * @returns what was known last
 */
export async function lookAtDomains({ domains, probe, isWanted, show }: Asking): Promise<Look> {
  const until = performance.now() + LIMIT_MS;
  let look: Look = { found: new Map(), isLooking: true };
  let isAnswered = false;
  for (let tries = 1; look.isLooking && (await isWanted()); tries += 1) {
    const waitMs = tries === 1 ? 0 : STEP_MS;
    const notBefore = performance.now() + waitMs;
    const missing = domains.filter((domain) => !look.found.has(domain));
    const asked = await askForecasts(missing, probe, waitMs);
    // The first question is asked with the shortest limit, and a standstill uses up all of the time.
    const isTimeLeft = tries === 1 || performance.now() < until;
    if (!('no' in asked)) {
      isAnswered = true;
      look = withMore(look, asked.found, domains, isTimeLeft);
    } else if (isLate(asked) && (isTimeLeft || isAnswered)) {
      look = { ...look, isLooking: isTimeLeft };
    } else {
      look = { ...look, isLooking: false, noAnswer: asked };
    }
    show?.(look);
    // A proxy that does not wait is not asked all the time.
    if (look.isLooking) await pauseUntil(notBefore);
  }
  return look;
}

function withMore(
  look: Look,
  more: Forecasts,
  domains: readonly string[],
  isTimeLeft: boolean,
): Look {
  const found = new Map([...look.found, ...more]);
  const isAll = domains.every((domain) => found.has(domain));
  return { found, isLooking: !isAll && isTimeLeft };
}

async function pauseUntil(moment: number): Promise<void> {
  const leftMs = moment - performance.now();
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
