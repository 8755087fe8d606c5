import { withinMs } from '../dns/before-abort.ts';
import { NoAnswer } from '../dns/no-answer.ts';
import { ValidatorUnfit } from './program-run.ts';
import type { Validator } from './validator.ts';
import type { ValidatorBridge } from './validator-bridge.ts';

const CANARY_MS = 10_000;

/** A program that works asks at once; a forecast cannot wait for one that never will. */
const ASKS_WITHIN_MS = 5000;

/**
 * Whether the root's own SOA record validates, and who says so. `not secure`: where a resolver
 * takes signatures away nothing validates, and everything would look like an attack. `unfit`: no
 * program does its work here, which is as good as if none were installed.
 */
export type RootState =
  | { readonly kind: 'secure'; readonly validator: Validator }
  | { readonly kind: 'not secure' }
  | { readonly kind: 'unfit' };

type OpenBridge = (signal: AbortSignal) => Promise<ValidatorBridge>;

/**
 * Asks the first of these programs that does its work. What it says counts, whatever that is; the
 * next is for one that says nothing.
 *
 * @throws NoAnswer when the resolver does not answer; the reason of `closed`
 */
export async function findRootState(
  validators: readonly Validator[],
  openBridge: OpenBridge,
  closed: AbortSignal,
): Promise<RootState> {
  let isUnfit = true;
  for (const validator of validators) {
    const said = await withinMs(CANARY_MS, closed, async (signal) =>
      saidOfRoot(validator, await openBridge(signal), signal),
    );
    if (said === 'secure') return { kind: 'secure', validator };
    if (said === 'not secure') return { kind: 'not secure' };
    if (said === 'broke off') isUnfit = false;
  }
  return { kind: isUnfit ? 'unfit' : 'not secure' };
}

/**
 * Only one that has asked nothing is `unfit` without doubt. Whoever breaks off later may do so
 * for what it was answered, and with that nobody shall bring us to take another's word.
 */
async function saidOfRoot(
  validator: Validator,
  bridge: ValidatorBridge,
  signal: AbortSignal,
): Promise<'secure' | 'not secure' | 'unfit' | 'broke off'> {
  try {
    const output = await outputOfWork(validator, bridge, signal);
    const said = validator.program.readRoot(output);
    if (said === 'secure') return bridge.asked.length > 0 ? 'secure' : 'unfit';
    if (bridge.fault !== undefined) throw bridge.fault;
    return 'not secure';
  } catch (error) {
    if (bridge.fault !== undefined) throw bridge.fault;
    if (error instanceof ValidatorUnfit) return 'unfit';
    if (!(error instanceof NoAnswer && error.why === 'malformed')) throw error;
    return bridge.asked.length > 0 ? 'broke off' : 'unfit';
  } finally {
    await bridge.close();
  }
}

/** Ends it when it has asked nothing after a while: then it hangs, whatever the network does. */
async function outputOfWork(
  validator: Validator,
  bridge: ValidatorBridge,
  whole: AbortSignal,
): Promise<string> {
  whole.throwIfAborted();
  const patience = new AbortController();
  const over = () => patience.abort(whole.reason);
  const timer = setTimeout(() => {
    if (bridge.asked.length === 0) patience.abort(new ValidatorUnfit('it asks nothing'));
  }, ASKS_WITHIN_MS);
  whole.addEventListener('abort', over, { once: true });
  try {
    return await validator.run({ name: '', type: 'SOA' }, bridge, patience.signal);
  } finally {
    clearTimeout(timer);
    whole.removeEventListener('abort', over);
  }
}
