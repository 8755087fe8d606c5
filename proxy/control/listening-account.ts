import type { Account } from '../config.ts';

/** An account, and whether this very process listens for it now. */
export type ListeningAccount = {
  readonly account: Pick<Account, 'name' | 'listen'>;
  readonly listener: { readonly port: number; readonly isListening: boolean };
};

/** Whether the account of this name is listened for. */
export function listeningAs(accounts: readonly ListeningAccount[], name: string): boolean {
  return accounts.some(({ account, listener }) => account.name === name && listener.isListening);
}
