import type { LookUpBudget } from './look-ups/look-up-budget.ts';
import type { Resolver } from './look-ups/resolver.ts';
import type { MxProbe } from './mail-server/mx-probe.ts';
import type { MtaSts } from './policy/mta-sts-facts.ts';

/** What facts of a domain are asked of. */
export type AskedSources = {
  readonly resolver: Pick<Resolver, 'look'>;
  readonly mtaSts: Pick<MtaSts, 'factsOf'>;
  readonly mxProbe: Pick<MxProbe, 'probe' | 'lastSeen'>;
  /** Whether an address that the DNS named may be connected to. */
  readonly mayConnectTo: (address: string) => boolean;
};

/** What all look-ups of one domain share. */
export type DomainLookUps = {
  readonly sources: AskedSources;
  readonly budget: LookUpBudget;
  /** What is not known when it aborts has failed: it timed out. */
  readonly deadline: AbortSignal;
  /** Whether mail servers may be connected to. */
  readonly probe: boolean;
  /** How long a mail server is waited for; the look at it goes on, for the next who asks. */
  readonly probeWaitMs: number;
};
