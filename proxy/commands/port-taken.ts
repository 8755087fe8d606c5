import { codeOf } from '../error-message.ts';

/** Says why an address cannot be listened on, and what helps; undefined for another error. */
export function portTaken(error: unknown): string | undefined {
  const reason = REASONS[codeOf(error)];
  if (reason === undefined) return undefined;
  const { port }: { port?: unknown } = Object(error);
  return `requiretls: port ${String(port)} ${reason}. Choose another one with --listen 127.0.0.1:PORT, or with "listen" in the configuration file.\n`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'needs a privileged user',
  EADDRNOTAVAIL: 'cannot be had on that address',
};
