import { codeOf } from '../error-message.ts';
import type { ListenAddress } from '../listen-address.ts';

type Address = {
  readonly at: ListenAddress;
  /** The option that changes it. */
  readonly flag: '--listen' | '--control';
  /** Where else another address can be written. */
  readonly others?: string;
};

/** Says why an address cannot be listened on, and what helps; undefined for another error. */
export function portTaken(error: unknown, { at, flag, others = '' }: Address): string | undefined {
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  const another = `Choose another one with ${flag} ${host}:PORT (with npm start: npm start -- ${flag} ${host}:PORT)${others}.`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${at.port} is taken by another program. ${another}`,
    EACCES: `port ${at.port} needs a privileged user; a port from 1024 on needs none. ${another}`,
    EADDRNOTAVAIL: `this computer has no address ${at.host}. Use one of its own, or 127.0.0.1.`,
  };
  const reason = reasons[codeOf(error)];
  return reason === undefined ? undefined : `requiretls: ${reason}\n`;
}
