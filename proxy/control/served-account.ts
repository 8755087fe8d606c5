import type { Account } from '../config.ts';
import type { Listener } from '../submission/listener.ts';

/** An account, and what listens for it in this process. */
export type ServedAccount = { readonly account: Account; readonly listener: Listener };
